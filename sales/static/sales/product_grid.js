import { stockWords } from "./stock_words.js";

// <product-grid>: one tile a product, drawn from the shelf. A tap is an "add" event with the product's id.
class ProductGrid extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", ({ target }) => {
      const detail = target.closest("[data-product]")?.dataset.product;
      if (detail) this.dispatchEvent(new CustomEvent("add", { detail }));
    });
  }

  draw({ shelf, basket, counter, t, amount }) {
    for (const product of shelf.products) {
      const { level, words } = stockWords({ ...product, left: counter.left(product) }, t);
      const tile = this.#tile(product);
      tile.dataset.level = level;
      tile.setAttribute("aria-disabled", level === "out" || level === "taken");
      tile.dataset.category = product.category;
      write(tile.querySelector("[data-name]"), product.name);
      write(tile.querySelector("[data-price]"), amount(product.price));
      write(tile.querySelector("[data-stock]"), words);
      write(tile.querySelector("[data-number]"), basket.quantityOf(product.id));
      tile.querySelector("[data-count]").hidden = basket.quantityOf(product.id) === 0;
    }
    this.#tiles.filter(({ dataset }) => !shelf.get(dataset.product)).forEach((tile) => tile.remove());
  }

  get #tiles() {
    return [...this.querySelectorAll("[data-product]")];
  }

  /** The server has drawn the tiles of its snapshot; a product that is new since gets one here. */
  #tile({ id }) {
    const found = this.querySelector(`[data-product="${id}"]`);
    if (found) return found;
    const tile = this.querySelector("template").content.cloneNode(true).firstElementChild;
    tile.dataset.product = id;
    this.append(tile);
    return tile;
  }
}

/** Leaves text that is right already alone: hundreds of tiles are drawn at each tap. */
function write(element, text) {
  if (element.textContent !== String(text)) element.textContent = text;
}

customElements.define("product-grid", ProductGrid);
