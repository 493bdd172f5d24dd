import { tab } from "../realtime/identity.js";
import { RefusedSales } from "./refused_sales.js";
import { Reservations } from "./reservations.js";
import { saleOf } from "./sale_of_basket.js";

// Takes a basket to its sale: into the outbox, which sends it. As soon as it is kept, the next client's turn has come.
// Events: change; recorded (detail: the kept sale); refused (detail: a notice); set_aside (a refused sale, in the outbox).
export class Checkout extends EventTarget {
  #till; // { shelf, basket, outbox, bar, money: { currency, digits }, tab: this tab's id, discountLimit: in percent }
  #taken;
  #refused;
  #isBusy = false;

  constructor(till) {
    super();
    [this.#till, this.#taken] = [{ tab: till.tab ?? tab(), ...till }, new Reservations(till)];
    this.#refused = new RefusedSales(this.#till, { isOpen: () => !this.#isBusy, tell: this.#tell });
    ["change", "sold", "undone", "dropped", "refused"].forEach((kind) => till.outbox.addEventListener(kind, () => this.#tell("change")));
  }

  /** "selling" while a sale is being kept, "open" otherwise. */
  get state() {
    return this.#isBusy ? "selling" : "open";
  }

  /** Sells the basket, once however often it is tapped. `more` goes into the order: tab, sold_by. */
  async pay(payment, more = {}) {
    const { basket, outbox } = this.#till;
    if (this.#isBusy || basket.isEmpty) return;
    if (basket.discount > this.mostOff()) return this.#refused.refuse({ code: "discount_too_high", most: this.mostOff() });
    const sale = saleOf(this.#till, payment, more);
    this.#taken.take(sale);
    this.#become(true);
    await outbox.add(sale).then((kept) => this.#recorded(kept), ({ name }) => this.#notKept(sale, name));
  }

  /** The highest discount on the basket, as the server counts it. */
  mostOff = () => Math.floor((this.#till.basket.sum * (this.#till.discountLimit ?? 0)) / 100);

  /** Takes what waits in the outbox off a shelf, `anew` of a fresh one; puts a refused sale back into an empty basket. */
  reserve = (options) => this.#taken.takeWaiting(options);
  takeUp = (sale) => this.#refused.takeUp(sale);

  #recorded(kept) {
    this.#till.basket.empty();
    this.#become(false);
    this.#tell("recorded", kept);
  }

  #notKept(sale, code) {
    this.#taken.putBack(sale);
    this.#become(false);
    this.#refused.refuse({ code });
  }

  #become = (isBusy) => ((this.#isBusy = isBusy), this.#tell("change"));

  #tell = (type, detail) => this.dispatchEvent(new CustomEvent(type, { detail }));
}
