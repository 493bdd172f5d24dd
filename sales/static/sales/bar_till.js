import "./credit_form.js";
import "./discount_field.js";
import "./product_finder.js";
import "./product_grid.js";
import "./sale_basket.js";
import "./sale_notice.js";
import "./seller_picker.js";
import "./tab_sheet.js";
import "../ui/toast_area.js";
import { feed } from "../realtime/page_feed.js";
import { amountFormat, moneyFormat } from "../ui/money.js";
import { get } from "../ui/request.js";
import { jsonOf, texts } from "../ui/texts.js";
import { showAnswers } from "./answers.js";
import { outbox } from "./outbox_page.js";
import { askToKeep } from "./storage_note.js";
import { takeTaps } from "./taps.js";
import { openTill } from "./till.js";

// <bar-till data-bar data-currency data-digits data-since>: joins the model of a till to its page and to the live shelf.
class BarTill extends HTMLElement {
  #till;

  connectedCallback() {
    const { bar, currency } = this.dataset;
    const digits = Number(this.dataset.digits);
    const discountLimit = Number(this.dataset.discountLimit ?? 0);
    const model = openTill({ bar, products: jsonOf("shelf"), outbox, money: { currency, digits }, discountLimit });
    this.#till = { ...model, digits, t: texts("texts"), money: moneyFormat(currency, digits), amount: amountFormat(digits) };
    takeTaps(this, this.#till);
    showAnswers(this, this.#till);
    this.#follow();
    this.#draw();
    askToKeep(this.querySelector("[data-clearable]"), outbox);
  }

  #follow() {
    const { bar, since } = this.dataset;
    const { counter, checkout } = this.#till;
    [counter, checkout].forEach((part) => part.addEventListener("change", () => this.#draw()));
    const hear = (event) => counter.hear(event);
    const patch = { "stock.changed": hear, "product.changed": hear, "category.changed": () => false };
    feed.subscribe(`bar.${bar}`, { since, topics: ["stock"], patch, reset: () => this.#refetch() });
    feed.addEventListener("status", () => feed.status === "live" && outbox.drain());
  }

  async #refetch() {
    const response = await get(`/api/v1/bars/${this.dataset.bar}/products`);
    if (!response.ok) throw new Error(`products: ${response.status}`);
    this.#till.counter.restock(await response.json());
    return response.headers.get("Cursor");
  }

  #draw() {
    this.querySelector("product-grid").draw(this.#till);
    this.querySelector("sale-basket").draw(this.#till);
    this.querySelector("discount-field")?.draw(this.#till);
    this.querySelector("app-update").toggleAttribute("data-busy", !this.#till.basket.isEmpty);
  }
}

customElements.define("bar-till", BarTill);
