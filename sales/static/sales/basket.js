import { uuid } from "../realtime/identity.js";

const MOST_OF_ONE = 999;

// What one client is about to pay. Its key is minted with the first line, so that however often it is sent, it sells once.
export class Basket {
  #lines = new Map(); // product id → { name, price, quantity }
  key = null;
  discount = 0; // off the sum, in minor units

  get isEmpty() {
    return this.#lines.size === 0;
  }

  get lines() {
    return [...this.#lines].map(([product, line]) => ({ product, ...line, total: line.price * line.quantity }));
  }

  get count() {
    return this.lines.reduce((sum, { quantity }) => sum + quantity, 0);
  }

  get sum() {
    return this.lines.reduce((sum, { total }) => sum + total, 0);
  }

  get total() {
    return Math.max(0, this.sum - this.discount);
  }

  quantityOf(product) {
    return this.#lines.get(product)?.quantity ?? 0;
  }

  /** Sets how many of a product are wanted; none takes it out, the last one out closes the basket. */
  put({ id, name, price }, quantity) {
    if (quantity > 0) this.#lines.set(id, { name, price, quantity: Math.min(quantity, MOST_OF_ONE) });
    else this.#lines.delete(id);
    if (this.isEmpty) this.empty();
    else this.key ??= uuid();
  }

  empty() {
    this.#lines.clear();
    [this.key, this.discount] = [null, 0];
  }

  toJSON() {
    return { key: this.key, lines: [...this.#lines], discount: this.discount };
  }

  static from({ key, lines, discount = 0 }) {
    const basket = new Basket();
    basket.#lines = new Map(lines);
    Object.assign(basket, { key, discount });
    return basket;
  }
}
