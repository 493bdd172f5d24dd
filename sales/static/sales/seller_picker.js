const CHOSEN = "seller";

// <seller-picker>: who earns the credit for what is typed on a bar's one device; chosen until another is.
class SellerPicker extends HTMLElement {
  connectedCallback() {
    const chosen = sessionStorage.getItem(CHOSEN);
    this.#inputs.forEach((input) => (input.checked = input.value === chosen || (input.checked && !chosen)));
    this.addEventListener("change", ({ target }) => sessionStorage.setItem(CHOSEN, target.value));
  }

  /** What goes into the order. */
  get order() {
    return { sold_by: this.#inputs.find(({ checked }) => checked)?.value };
  }

  get #inputs() {
    return [...this.querySelectorAll("input")];
  }
}

customElements.define("seller-picker", SellerPicker);
