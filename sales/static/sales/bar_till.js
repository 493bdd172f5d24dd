import "./product_finder.js";
import "./product_grid.js";
import "./sale_basket.js";
import "./sale_notice.js";
import "../ui/toast_area.js";
import { feed } from "../realtime/page_feed.js";
import { amountFormat, moneyFormat } from "../ui/money.js";
import { get } from "../ui/request.js";
import { jsonOf, texts } from "../ui/texts.js";
import { showAnswers } from "./answers.js";
import { takeTaps } from "./taps.js";
import { openTill } from "./till.js";

// <bar-till data-bar data-currency data-digits data-since>: joins the model of a till to its page and to the live shelf.
class BarTill extends HTMLElement {
  #api;
  #till;

  connectedCallback() {
    const { bar, currency, digits } = this.dataset;
    this.#api = `/api/v1/bars/${bar}`;
    this.#till = {
      ...openTill({ api: this.#api, bar, products: jsonOf("shelf") }),
      t: texts("texts"),
      money: moneyFormat(currency, Number(digits)),
      amount: amountFormat(Number(digits)),
    };
    takeTaps(this, this.#till);
    showAnswers(this, this.#till);
    this.#follow();
    this.#draw();
    if (this.#till.checkout.state === "unsure") this.#till.checkout.pay(); // the page was left in the middle of it
  }

  #follow() {
    const { bar, since } = this.dataset;
    const { counter, checkout } = this.#till;
    [counter, checkout].forEach((part) => part.addEventListener("change", () => this.#draw()));
    const hear = (event) => counter.hear(event);
    const patch = { "stock.changed": hear, "product.changed": hear, "category.changed": () => false };
    feed.subscribe(`bar.${bar}`, { since, topics: ["stock"], patch, reset: () => this.#refetch() });
  }

  async #refetch() {
    const response = await get(`${this.#api}/products`);
    if (!response.ok) throw new Error(`products: ${response.status}`);
    this.#till.counter.restock(await response.json());
    return response.headers.get("Cursor");
  }

  #draw() {
    this.querySelector("product-grid").draw(this.#till);
    this.querySelector("sale-basket").draw(this.#till);
  }
}

customElements.define("bar-till", BarTill);
