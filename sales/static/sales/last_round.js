// What was sold last at this till, to sell the same again.
export class LastRound {
  #name;
  #storage;

  constructor(bar, storage = sessionStorage) {
    this.#name = `round.${bar}`;
    this.#storage = storage;
  }

  save(lines) {
    this.#storage.setItem(this.#name, JSON.stringify(lines));
  }

  get lines() {
    return JSON.parse(this.#storage.getItem(this.#name)) ?? [];
  }
}

/** Puts lines of before into a basket, at the prices of now, as far as the shelf has them; returns those that are short. */
export function fill({ shelf, basket }, lines) {
  const wanted = lines.map((line) => ({ ...line, wanted: line.quantity, available: Math.max(0, shelf.get(line.product)?.available ?? 0) }));
  wanted.forEach(({ product, quantity, available }) => basket.put(shelf.get(product) ?? { id: product }, Math.min(quantity, available)));
  return wanted.filter(({ quantity, available }) => quantity > available);
}
