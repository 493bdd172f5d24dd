import { numberOf } from "../ui/form_body.js";

// <discount-field>: what is taken off the basket, in the bar's currency, and the most that may be.
// A "discount" event has it in minor units.
class DiscountField extends HTMLElement {
  #digits = 0;
  #discount = 0;

  connectedCallback() {
    this.addEventListener("input", () => this.#read());
  }

  draw({ basket, checkout, digits, t, money }) {
    this.#digits = digits;
    const { discount } = basket;
    // What is being typed ("12,") stays as it is where it says the same.
    if ((numberOf(this.#input.value, digits) ?? 0) !== discount) this.#write(discount);
    this.#discount = discount;
    this.#input.setAttribute("aria-invalid", discount > checkout.mostOff());
    this.querySelector("[data-most]").textContent = t("most_off", { price: money(checkout.mostOff()) });
  }

  /** What is no amount isn't taken: the field says what counts. */
  #read() {
    const text = this.#input.value.trim();
    const discount = text === "" ? 0 : numberOf(text, this.#digits);
    if (discount >= 0) this.dispatchEvent(new CustomEvent("discount", { detail: discount }));
    else this.#write(this.#discount);
  }

  get #input() {
    return this.querySelector("input");
  }

  #write(discount) {
    this.#input.value = discount ? discount / 10 ** this.#digits : "";
  }
}

customElements.define("discount-field", DiscountField);
