import { tab } from "../realtime/identity.js";
import { correct } from "./refusals.js";
import { Reservations } from "./reservations.js";

// Takes a basket to its sale: into the outbox, which sends it. As soon as it is kept, the next client's turn has come.
// Events: change; recorded (detail: the kept sale); refused (detail: a notice); set_aside (a refused sale, in the outbox).
export class Checkout extends EventTarget {
  #till; // { shelf, basket, outbox, bar, money: { currency, digits }, tab: this tab's id, discountLimit: in percent }
  #taken;
  #isBusy = false;

  constructor(till) {
    super();
    [this.#till, this.#taken] = [{ tab: till.tab ?? tab(), ...till }, new Reservations(till)];
    const on = (kind, act) => till.outbox.addEventListener(kind, ({ detail }) => (act(detail), this.#tell("change")));
    on("change", () => this.#taken.takeWaiting());
    on("sold", ({ sale }) => this.#taken.forget(sale));
    ["undone", "dropped", "refused"].forEach((kind) => on(kind, ({ sale }) => this.#taken.putBack(sale)));
    on("refused", (refused) => this.#refused(refused));
  }

  /** "selling" while a sale is being kept, "open" otherwise. */
  get state() {
    return this.#isBusy ? "selling" : "open";
  }

  /** Sells the basket, once however often it is tapped. `more` goes into the order: tab, sold_by. */
  async pay(payment, more = {}) {
    const { basket, outbox, bar, money, tab } = this.#till;
    if (this.#isBusy || basket.isEmpty) return;
    if (basket.discount > this.mostOff()) return this.#tooMuchOff();
    const { key, lines, total } = basket;
    const order = { ...basket.order(payment), ...more };
    const sale = { key, bar, tab, lines, total, ...money, order, soldAt: new Date().toISOString() };
    this.#taken.take(sale);
    this.#become(true);
    await outbox.add(sale).then((kept) => this.#recorded(kept), ({ name }) => this.#notKept(sale, name));
  }

  /** The highest discount on the basket, as the server counts it. */
  mostOff = () => Math.floor((this.#till.basket.sum * (this.#till.discountLimit ?? 0)) / 100);

  /** Takes what waits in the outbox off a shelf; `anew` of a fresh one. */
  reserve = (options) => this.#taken.takeWaiting(options);

  /** Puts a sale that was refused back into the basket, where that is empty. */
  takeUp(sale) {
    const { basket, outbox, discountLimit } = this.#till;
    if (this.#isBusy || !basket.isEmpty) return false;
    sale.lines.forEach((line) => basket.put({ ...line, id: line.product }, line.quantity));
    basket.discount = discountLimit ? (sale.order.discount ?? 0) : 0;
    outbox.discard(sale);
    this.#tell("change");
    return true;
  }

  #tooMuchOff() {
    this.#tell("refused", correct({ code: "discount_too_high", most: this.mostOff() }, this.#till));
  }

  #recorded(kept) {
    this.#till.basket.empty();
    this.#become(false);
    this.#tell("recorded", kept);
  }

  #notKept(sale, code) {
    this.#taken.putBack(sale);
    this.#become(false);
    this.#tell("refused", correct({ code }, this.#till));
  }

  #refused({ sale, problem, isFresh }) {
    if (sale.tab !== this.#till.tab || sale.bar !== this.#till.bar) return;
    if (isFresh && this.takeUp(sale)) this.#tell("refused", correct(problem, this.#till));
    else this.#tell("set_aside", { sale, problem });
  }

  #become = (isBusy) => ((this.#isBusy = isBusy), this.#tell("change"));

  #tell = (type, detail) => this.dispatchEvent(new CustomEvent(type, { detail }));
}
