import { feed } from "../realtime/page_feed.js";
import { glow, writeFigures } from "../ui/changes.js";
import { moneyFormat } from "../ui/money.js";
import { drawRows } from "../ui/rows.js";
import { jsonOf } from "../ui/texts.js";
import { platformFigures } from "./figures.js";

// <platform-board>: the figures of all bars together, for operators. Revenue is by currency: francs and dollars don't add up.
class PlatformBoard extends HTMLElement {
  #digits = jsonOf("digits");
  #subscription;

  connectedCallback() {
    this.#subscription = feed.subscribe("platform", { topics: ["figures"], state: (figures) => this.#draw(figures) });
  }

  disconnectedCallback() {
    this.#subscription.unsubscribe();
  }

  #draw(figures) {
    writeFigures(this, platformFigures(figures, document.documentElement.lang));
    const amounts = figures.today_revenue;
    const [list, row] = [this.querySelector("[data-list]"), document.getElementById("amount-row")];
    drawRows(list, row, amounts, ({ currency }) => currency, (place, amount) => this.#write(place, amount));
    this.querySelector("[data-empty]").hidden = amounts.length > 0;
  }

  #write(place, { currency, amount }) {
    const text = moneyFormat(currency, this.#digits[currency])(amount);
    const output = place.querySelector("output");
    if (output.textContent === text) return;
    output.textContent = text;
    glow(place);
  }
}

customElements.define("platform-board", PlatformBoard);
