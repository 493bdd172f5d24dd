import { matches } from "./matching.js";

// <product-finder data-grid="id">: a search field and category chips that hide the tiles not meant.
class ProductFinder extends HTMLElement {
  #chosen = "";

  connectedCallback() {
    this.#search.addEventListener("input", () => this.#find());
    this.#search.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("click", ({ target }) => this.#choose(target.closest("[data-category]")));
    document.addEventListener("keydown", (event) => this.#slash(event));
    this.hidden = false;
  }

  /** Back to everything, ready for the next client. */
  clear() {
    this.#search.value = "";
    this.#choose(this.querySelector("[data-category='']"));
  }

  get #search() {
    return this.querySelector("input");
  }

  get #tiles() {
    return [...document.getElementById(this.dataset.grid).querySelectorAll("[data-product]")];
  }

  #choose(chip) {
    if (!chip) return;
    this.#chosen = chip.dataset.category;
    this.#search.value = "";
    this.querySelectorAll("[data-category]").forEach((one) => one.setAttribute("aria-pressed", one === chip));
    this.#find();
  }

  #find() {
    this.#tiles.forEach((tile) => {
      const name = tile.querySelector("[data-name]").textContent;
      tile.hidden = !matches({ name, category: tile.dataset.category }, this.#search.value, this.#chosen);
    });
    this.querySelector("[data-none]").hidden = this.#tiles.some((tile) => !tile.hidden);
  }

  #key(event) {
    if (event.key === "Escape") this.clear();
    if (event.key !== "Enter" || !this.#search.value) return;
    this.#tiles.find((tile) => !tile.hidden)?.click();
    this.#search.select();
  }

  #slash(event) {
    if (event.key !== "/" || event.target.matches("input, textarea, select")) return;
    event.preventDefault();
    this.#search.focus();
  }
}

customElements.define("product-finder", ProductFinder);
