import { drawLines } from "./basket_lines.js";

// <sale-basket>: the lines, the total and the ways to pay; on a phone the lines unfold above the total.
// Events: step { product, by }, pay (the payment), empty, again (the last round).
class SaleBasket extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", ({ target }) => {
      const { pay, step, verb } = target.closest("button:not([aria-disabled=true])")?.dataset ?? {};
      if (pay) this.#tell("pay", pay);
      if (step) this.#tell("step", { product: target.closest("[data-key]").dataset.key, by: Number(step) });
      if (verb === "empty" || verb === "again") this.#tell(verb);
      if (verb === "unfold") this.#unfold(!this.#isUnfolded);
    });
    this.addEventListener("keydown", ({ key }) => key === "Escape" && this.#unfold(false));
  }

  draw({ basket, checkout, round, t, money }) {
    this.dataset.state = basket.isEmpty ? "empty" : checkout.state;
    this.#write("[data-total]", money(basket.total));
    this.#write("[data-items]", t("items", { count: basket.count }));
    this.#write("[data-number]", basket.count);
    drawLines(this.querySelector("[data-lines]"), this.querySelector("template"), basket.lines, money);
    const isIdle = basket.isEmpty || checkout.state !== "open";
    // Not `disabled`: a keyboard would lose its place with each sale.
    this.querySelectorAll("[data-pay], [data-step], [data-verb=empty]").forEach((button) => {
      button.setAttribute("aria-disabled", isIdle);
    });
    this.toggleAttribute("data-has-round", round.lines.length > 0);
    if (basket.isEmpty) this.#unfold(false);
  }

  get #unfolder() {
    return this.querySelector("[data-verb=unfold]");
  }

  get #isUnfolded() {
    return this.#unfolder.getAttribute("aria-expanded") === "true";
  }

  #unfold(isUnfolded) {
    this.#unfolder.setAttribute("aria-expanded", isUnfolded);
    this.toggleAttribute("data-unfolded", isUnfolded);
  }

  #write(selector, text) {
    this.querySelectorAll(selector).forEach((element) => (element.textContent = text));
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

customElements.define("sale-basket", SaleBasket);
