import { uuid } from "../realtime/identity.js";

const MOST_OF_ONE = 999;

// What one client is about to pay. Its key is minted with the first line and kept until the sale is
// answered, so that however often it is sent, it sells once.
export class Basket {
  #lines = new Map(); // product id → { name, price, quantity }
  key = null;

  get isEmpty() {
    return this.#lines.size === 0;
  }

  get lines() {
    return [...this.#lines].map(([product, line]) => ({ product, ...line, total: line.price * line.quantity }));
  }

  get count() {
    return this.lines.reduce((sum, { quantity }) => sum + quantity, 0);
  }

  get total() {
    return this.lines.reduce((sum, { total }) => sum + total, 0);
  }

  quantityOf(product) {
    return this.#lines.get(product)?.quantity ?? 0;
  }

  /** Sets how many of a product are wanted; none takes it out, the last one out closes the basket. */
  put({ id, name, price }, quantity) {
    if (quantity > 0) this.#lines.set(id, { name, price, quantity: Math.min(quantity, MOST_OF_ONE) });
    else this.#lines.delete(id);
    this.key = this.isEmpty ? null : (this.key ?? uuid());
  }

  empty() {
    this.#lines.clear();
    this.key = null;
  }

  /** The body of the sale, at the prices that were shown. */
  order(payment) {
    const lines = this.lines.map(({ product, quantity, price }) => ({ product, quantity, price }));
    return { key: this.key, payment, lines };
  }

  toJSON() {
    return { key: this.key, lines: [...this.#lines] };
  }

  static from({ key, lines }) {
    const basket = new Basket();
    basket.#lines = new Map(lines);
    basket.key = key;
    return basket;
  }
}
