import { numberOf } from "../ui/form_body.js";
import { moneyFormat } from "../ui/money.js";

// <close-count data-currency data-digits> around the form that closes a day: says while the cash is typed how it differs
// from what [data-expected] expects, which is the server's and may change meanwhile.
class CloseCount extends HTMLElement {
  connectedCallback() {
    this.addEventListener("input", () => this.#compare());
    const figures = document.getElementById(this.dataset.figures);
    new MutationObserver(() => this.#compare()).observe(figures, { childList: true, subtree: true });
    this.#compare();
  }

  #typed(name) {
    return numberOf(this.querySelector(`[name=${name}]`)?.value ?? "", Number(this.dataset.digits));
  }

  #compare() {
    const counted = this.#typed("counted_cash");
    const place = this.querySelector("[data-difference]");
    place.parentElement.hidden = counted === undefined;
    if (counted === undefined) return;
    const expected = Number(document.querySelector("[data-expected]").dataset.expected) + (this.#typed("opening_cash") ?? 0);
    const difference = counted - expected;
    const { currency, digits } = this.dataset;
    place.textContent = (difference > 0 ? "+" : "") + moneyFormat(currency, Number(digits))(difference);
    place.dataset.sign = Math.sign(difference);
  }
}

customElements.define("close-count", CloseCount);
