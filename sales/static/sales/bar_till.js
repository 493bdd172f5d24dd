import "./product_finder.js";
import "./product_grid.js";
import "./sale_basket.js";
import "./sale_notice.js";
import { feed } from "../realtime/page_feed.js";
import { moneyFormat } from "../ui/money.js";
import { get } from "../ui/request.js";
import { jsonOf, texts } from "../ui/texts.js";
import { openTill } from "./till.js";

// <bar-till data-bar data-api data-currency data-digits data-since>: joins the model of the till to what is on the page.
class BarTill extends HTMLElement {
  #page;

  connectedCallback() {
    const { api, bar, currency, digits, since } = this.dataset;
    const money = moneyFormat(currency, Number(digits));
    this.#page = { ...openTill({ api, bar, products: jsonOf("shelf") }), t: texts("texts"), money };
    this.#edits();
    this.#answers();
    const patch = (event) => this.#page.counter.hear(event) || this.#refetch();
    feed.subscribe(`bar.${bar}`, { since, topics: ["stock"], patch, reset: () => this.#refetch() });
    this.#draw();
    if (this.#page.unanswered) this.#page.checkout.pay(this.#page.unanswered);
  }

  #part = (name) => this.querySelector(name);

  #edits() {
    const { counter, checkout, basket, shelf, t } = this.#page;
    const [grid, lines, notice] = ["product-grid", "sale-basket", "sale-notice"].map(this.#part);
    const edited = (isDone) => isDone && notice.hide();
    const step = ({ product, by }) => (by > 0 ? counter.add(product) : counter.put(product, basket.quantityOf(product) + by));
    grid.addEventListener("add", ({ detail }) => edited(counter.add(detail)));
    lines.addEventListener("step", ({ detail }) => edited(step(detail)));
    lines.addEventListener("empty", () => edited(counter.empty()));
    lines.addEventListener("pay", ({ detail }) => checkout.pay(detail));
    notice.addEventListener("fit", () => counter.fit());
    notice.addEventListener("retry", () => checkout.pay());
    notice.addEventListener("abandon", () => checkout.abandon());
    this.#part("toast-area").addEventListener("dismiss", () => this.#part("product-finder").clear());
  }
}
customElements.define("bar-till", BarTill);
