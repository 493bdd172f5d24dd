import { moneyFormat } from "../ui/money.js";
import { texts } from "../ui/texts.js";

// <pick-all data-currency data-digits> around a form with [data-pick] checkboxes (data-total): [data-all] picks all of
// them, [data-picked] says how many they are and how much, and its button waits for one.
class PickAll extends HTMLElement {
  #money;

  connectedCallback() {
    this.#money = moneyFormat(this.dataset.currency, Number(this.dataset.digits));
    this.addEventListener("change", ({ target }) => {
      if (target.matches("[data-all]")) this.#boxes.forEach((box) => (box.checked = target.checked));
      this.#count();
    });
    this.addEventListener("sent", () => this.#boxes.forEach((box) => (box.checked = false)));
    new MutationObserver(() => this.#count()).observe(this, { childList: true, subtree: true });
    this.#count();
  }

  get #boxes() {
    return [...this.querySelectorAll("[data-pick]")];
  }

  #count() {
    const picked = this.#boxes.filter(({ checked }) => checked);
    const total = picked.reduce((sum, { dataset }) => sum + Number(dataset.total), 0);
    const button = this.querySelector("[data-picked]");
    const text = picked.length
      ? texts("pick-texts")("picked", { count: picked.length, total: this.#money(total) })
      : texts("pick-texts")("pick");
    if (button.textContent !== text) button.textContent = text;
    button.disabled = picked.length === 0;
    const all = this.querySelector("[data-all]");
    all.checked = picked.length > 0 && picked.length === this.#boxes.length;
    all.indeterminate = picked.length > 0 && !all.checked;
  }
}

customElements.define("pick-all", PickAll);
