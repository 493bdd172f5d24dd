import { fill } from "./last_round.js";
import { fit } from "./refusals.js";

// What a seller can do at a till besides being paid: fill the basket from what the shelf has. Tells of each "change".
export class Counter extends EventTarget {
  #till;

  /** `till`: { shelf, basket, checkout }. */
  constructor(till) {
    super();
    this.#till = till;
  }

  /** How many more of a product can go into the basket. */
  left = ({ id, available }) => available - (this.#till.checkout.state === "open" ? this.#till.basket.quantityOf(id) : 0);

  /** One more; false when there is none left, or a sale is on its way. */
  add(id) {
    const product = this.#till.shelf.get(id);
    return Boolean(product) && this.left(product) > 0 && this.put(id, this.#till.basket.quantityOf(id) + 1);
  }

  put = (id, quantity) => this.#change(({ basket, shelf }) => basket.put(shelf.get(id) ?? { id }, quantity));

  empty = () => this.#change(({ basket }) => basket.empty());

  /** So much less is asked for. */
  discount = (amount) => this.#change(({ basket }) => (basket.discount = basket.isEmpty ? 0 : amount));

  /** Wants no more than there is. */
  fit = () => this.#change(fit);

  /** Fills the basket with lines as far as the shelf has them; returns the lines that it has too little of. */
  fill(lines) {
    let short = [];
    this.#change((till) => (short = fill(till, lines)));
    return short;
  }

  /** An event of the shelf; false when only a fresh snapshot can show it. */
  hear(event) {
    const isUnderstood = this.#till.shelf.patch(event);
    this.dispatchEvent(new Event("change"));
    return isUnderstood;
  }

  /** A fresh snapshot of the shelf. */
  restock(products) {
    this.#till.shelf.replace(products);
    this.#till.checkout.reserve({ anew: true });
    this.dispatchEvent(new Event("change"));
  }

  #change(edit) {
    if (this.#till.checkout.state !== "open") return false;
    edit(this.#till);
    this.dispatchEvent(new Event("change"));
    return true;
  }
}
