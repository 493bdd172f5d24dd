import { answerOf, get } from "../ui/request.js";

// Names of products by id: events and notices carry ids only. Each bar is asked once.
export class ProductNames {
  #names = new Map();
  #asked = new Map(); // promises, by bar

  of = (id) => this.#names.get(id);

  /** Promises that the names of these notices are known, where they can be. */
  know(notices) {
    const unknown = notices.filter(({ kind, subject }) => kind === "stock_low" && !this.#names.has(subject));
    const bars = new Set(unknown.map(({ stream }) => stream.slice("bar.".length)));
    return Promise.all([...bars].map((bar) => this.#ask(bar)));
  }

  #ask(bar) {
    if (!this.#asked.has(bar)) this.#asked.set(bar, this.#read(bar).catch(() => this.#asked.delete(bar)));
    return this.#asked.get(bar);
  }

  async #read(bar) {
    for (const { id, name } of await answerOf(get(`/api/v1/bars/${bar}/products`))) this.#names.set(id, name);
  }
}
