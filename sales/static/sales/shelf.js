// The products of a bar and how many of each can be sold: a snapshot, patched by events.
export class Shelf {
  #products;
  #clock = 0; // counts changes, so that putting back can tell what came after taking

  /** `rows` as GET …/products answers them. */
  constructor(rows) {
    this.replace(rows);
  }

  replace(rows) {
    this.#products = new Map(rows.map((row) => [row.id, { ...row, version: (this.#clock += 1) }]));
  }

  get products() {
    return [...this.#products.values()];
  }

  get(id) {
    return this.#products.get(id);
  }

  /** Applies an event of topic stock; false when only a fresh snapshot can show it all: a new product, name or category. */
  patch({ type, data }) {
    const product = this.#products.get(data.product);
    if (type === "stock.changed" && product) this.#count(product, data.available);
    if (type === "product.changed" && product && data.active) product.price = data.price;
    if (type === "product.changed" && product && !data.active) this.#products.delete(data.product);
    return type === "product.changed" ? !data.active : Boolean(product);
  }

  /** Takes lines off before the server has answered; the function returned puts back what it hasn't corrected since. */
  take(lines) {
    const known = lines.filter(({ product }) => this.get(product));
    const taken = known.map(({ product, quantity }) => {
      this.#count(this.get(product), this.get(product).available - quantity);
      return { product, quantity, version: this.get(product).version };
    });
    return () => taken.forEach((line) => this.#putBack(line));
  }

  /** The server has just said what there is. */
  correct(product, available) {
    if (this.get(product)) this.#count(this.get(product), available);
  }

  reprice(product, price) {
    return Object.assign(this.get(product), { price });
  }

  #putBack({ product, quantity, version }) {
    const now = this.get(product);
    if (now?.version === version) this.#count(now, now.available + quantity);
  }

  #count(product, available) {
    product.available = available;
    product.version = this.#clock += 1;
  }
}
