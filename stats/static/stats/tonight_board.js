import { feed } from "../realtime/page_feed.js";
import { writeFigures } from "../ui/changes.js";
import { moneyFormat } from "../ui/money.js";
import { texts } from "../ui/texts.js";
import { clockOf, dayWords, tonightFigures } from "./figures.js";
import { drawLists } from "./tonight_rows.js";

// <tonight-board data-bar data-currency data-digits data-zone>: the figures of a bar, as the server computes them.
class TonightBoard extends HTMLElement {
  #words;
  #subscription;

  connectedCallback() {
    const { bar, currency, digits, zone } = this.dataset;
    const language = document.documentElement.lang;
    const money = moneyFormat(currency, Number(digits));
    const count = (number) => new Intl.NumberFormat(language).format(number);
    this.#words = { language, money, count, t: texts("texts"), clock: clockOf(language, zone) };
    const state = (figures) => this.#draw(figures);
    this.#subscription = feed.subscribe(`bar.${bar}`, { topics: ["figures"], state });
  }

  disconnectedCallback() {
    this.#subscription.unsubscribe();
  }

  #draw(figures) {
    const day = this.querySelector("[data-day]");
    if (day.dateTime !== figures.business_date) day.textContent = dayWords(figures.business_date, this.#words.language);
    day.dateTime = figures.business_date;
    writeFigures(this, tonightFigures(figures, this.#words));
    drawLists(this, figures, this.#words);
    this.querySelector("hour-curve").draw(figures.hours);
  }
}

customElements.define("tonight-board", TonightBoard);
