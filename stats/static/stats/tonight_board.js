import { feed } from "../realtime/page_feed.js";
import { glow, writeFigures } from "../ui/changes.js";
import { moneyFormat } from "../ui/money.js";
import { drawRows } from "../ui/rows.js";
import { texts } from "../ui/texts.js";
import { tonightFigures } from "./figures.js";

// <tonight-board data-bar data-currency data-digits data-zone>: the figures of a bar, as the server computes them.
class TonightBoard extends HTMLElement {
  #t = texts("texts");
  #language = document.documentElement.lang;
  #money;
  #clock;
  #subscription;

  connectedCallback() {
    const { bar, currency, digits, zone } = this.dataset;
    this.#money = moneyFormat(currency, Number(digits));
    this.#clock = new Intl.DateTimeFormat(this.#language, { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.#subscription = feed.subscribe(`bar.${bar}`, { topics: ["figures"], state: (figures) => this.#draw(figures) });
  }

  disconnectedCallback() {
    this.#subscription.unsubscribe();
  }

  #draw(figures) {
    this.#newDay(figures.business_date);
    writeFigures(this, tonightFigures(figures, this.#money, this.#language));
    this.#list("last_sales", "sale-row", figures.last_sales, ({ id }) => id, (row, sale) => this.#drawSale(row, sale));
    this.#list("low_stock", "stock-row", figures.low_stock, ({ product }) => product, (row, one) => this.#drawStock(row, one));
  }

  #list(name, template, items, keyOf, fill) {
    const draw = (row, item, isNew) => {
      fill(row, item);
      if (isNew) glow(row);
    };
    drawRows(this.querySelector(`[data-list="${name}"]`), document.getElementById(template), items, keyOf, draw);
    this.querySelector(`[data-empty="${name}"]`).hidden = items.length > 0;
  }
}

customElements.define("tonight-board", TonightBoard);
