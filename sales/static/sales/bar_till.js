import "./credit_form.js";
import "./discount_field.js";
import "./product_finder.js";
import "./product_grid.js";
import "./sale_basket.js";
import "./sale_notice.js";
import "./seller_picker.js";
import "./tab_sheet.js";
import "../ui/toast_area.js";
import { amountFormat, moneyFormat } from "../ui/money.js";
import { jsonOf, texts } from "../ui/texts.js";
import { showAnswers } from "./answers.js";
import { followShelf } from "./live_shelf.js";
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
    [model.counter, model.checkout].forEach((part) => part.addEventListener("change", () => this.#draw()));
    followShelf(this.dataset, this.#till);
    this.#draw();
    askToKeep(this.querySelector("[data-clearable]"), outbox);
  }

  #draw() {
    this.querySelector("product-grid").draw(this.#till);
    this.querySelector("sale-basket").draw(this.#till);
    this.querySelector("discount-field")?.draw(this.#till);
    this.querySelector("app-update").toggleAttribute("data-busy", !this.#till.basket.isEmpty);
  }
}

customElements.define("bar-till", BarTill);
