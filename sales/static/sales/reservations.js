// What the sales in the outbox have taken off the shelf of their bar: the server doesn't count it yet.
export class Reservations {
  #till;
  #taken = new Map(); // key of a sale → puts back what it has taken

  /** `till`: { shelf, outbox, bar }. */
  constructor(till) {
    this.#till = till;
    const on = (kind, act) => till.outbox.addEventListener(kind, ({ detail }) => act(detail));
    on("change", () => this.takeWaiting());
    on("sold", ({ sale }) => this.forget(sale));
    ["undone", "dropped", "refused"].forEach((kind) => on(kind, ({ sale }) => this.putBack(sale)));
  }

  take({ key, lines }) {
    this.#taken.set(key, this.#till.shelf.take(lines));
  }

  /** Takes what waits and isn't taken yet, all of it where the shelf is `anew`; returns whether that was anything. */
  takeWaiting({ anew = false } = {}) {
    const { outbox, bar } = this.#till;
    if (anew) this.#taken.clear();
    const waiting = outbox.sales.filter((sale) => sale.bar === bar && !sale.problem && !this.#taken.has(sale.key));
    waiting.forEach((sale) => this.take(sale));
    return waiting.length > 0;
  }

  /** It has sold: the shelf hears of it from the server. */
  forget = ({ key }) => this.#taken.delete(key);

  putBack(sale) {
    this.#taken.get(sale.key)?.();
    this.forget(sale);
  }
}
