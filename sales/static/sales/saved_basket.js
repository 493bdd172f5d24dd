import { Basket } from "./basket.js";

// The open basket of a tab survives a reload, with its key: a basket that has sold is never sold under another.
export class SavedBasket {
  #name;
  #storage;

  constructor(bar, storage = sessionStorage) {
    this.#name = `basket.${bar}`;
    this.#storage = storage;
  }

  save(basket) {
    if (basket.isEmpty) this.#storage.removeItem(this.#name);
    else this.#storage.setItem(this.#name, JSON.stringify({ basket }));
  }

  load() {
    const saved = JSON.parse(this.#storage.getItem(this.#name));
    return saved ? Basket.from(saved.basket) : new Basket();
  }
}
