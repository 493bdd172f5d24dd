import { Basket } from "./basket.js";

// The open basket of a tab survives a reload, with its key: a sale that was sent is never sent under another.
export class SavedBasket {
  #name;
  #storage;

  constructor(bar, storage = sessionStorage) {
    this.#name = `basket.${bar}`;
    this.#storage = storage;
  }

  /** `payment` is set while a sale is under way whose answer isn't known. */
  save(basket, payment = null) {
    if (basket.isEmpty) this.#storage.removeItem(this.#name);
    else this.#storage.setItem(this.#name, JSON.stringify({ basket, payment }));
  }

  load() {
    const saved = JSON.parse(this.#storage.getItem(this.#name));
    return saved ? { basket: Basket.from(saved.basket), payment: saved.payment } : { basket: new Basket(), payment: null };
  }
}
