import { fill } from "./last_round.js";
import { fit } from "./refusals.js";

// What a seller can do at a till besides being paid: fill the basket from what the shelf has. Tells of each "change".
export class Counter extends EventTarget {
  #shelf;
  #basket;
  #checkout;

  constructor({ shelf, basket, checkout }) {
    super();
    this.#shelf = shelf;
    this.#basket = basket;
    this.#checkout = checkout;
  }

  /** How many more of a product can go into the basket. */
  left({ id, available }) {
    return this.#checkout.state === "open" ? available - this.#basket.quantityOf(id) : available;
  }

  /** One more; false when there is none left, or a sale is on its way. */
  add(id) {
    const product = this.#shelf.get(id);
    if (!product || this.left(product) < 1) return false;
    return this.put(id, this.#basket.quantityOf(id) + 1);
  }

  put(id, quantity) {
    return this.#change(() => this.#basket.put(this.#shelf.get(id) ?? { id }, quantity));
  }

  empty() {
    return this.#change(() => this.#basket.empty());
  }

  /** So much less is asked for. */
  discount(amount) {
    return this.#change(() => (this.#basket.discount = this.#basket.isEmpty ? 0 : amount));
  }

  /** Fills the basket with lines as far as the shelf has them; returns the lines that it has too little of. */
  fill(lines) {
    let short = [];
    this.#change(() => (short = fill({ shelf: this.#shelf, basket: this.#basket }, lines)));
    return short;
  }

  /** Wants no more than there is. */
  fit() {
    return this.#change(() => fit({ shelf: this.#shelf, basket: this.#basket }));
  }

  /** An event of the shelf; false when only a fresh snapshot can show it. */
  hear(event) {
    const isUnderstood = this.#shelf.patch(event);
    this.dispatchEvent(new Event("change"));
    return isUnderstood;
  }

  /** A fresh snapshot of the shelf. */
  restock(products) {
    this.#shelf.replace(products);
    this.#checkout.reserve({ anew: true });
    this.dispatchEvent(new Event("change"));
  }

  #change(edit) {
    if (this.#checkout.state !== "open") return false;
    edit();
    this.dispatchEvent(new Event("change"));
    return true;
  }
}
