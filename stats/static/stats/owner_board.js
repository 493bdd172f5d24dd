import { feed } from "../realtime/page_feed.js";
import { writeFigures } from "../ui/changes.js";
import { moneyFormat } from "../ui/money.js";
import { beforeByNow, changeOf, clockIn, sumOf } from "./nights.js";

const MOST_LOW = 8; // products that the figures list

// <owner-board>: bars of one person tonight. Elements with [data-bar data-currency data-digits data-zone] show one each,
// those with [data-sum data-currency data-digits] what all of a currency have taken.
class OwnerBoard extends HTMLElement {
  #nights = new Map();
  #language = document.documentElement.lang;
  #count = new Intl.NumberFormat(this.#language);
  #share = new Intl.NumberFormat(this.#language, { style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" });

  connectedCallback() {
    this.querySelectorAll("[data-bar]").forEach((card) => {
      const { bar, currency, revenue, before, sales } = card.dataset;
      this.#nights.set(bar, { currency, revenue: Number(revenue), before: Number(before), sales: Number(sales) });
      feed.subscribe(`bar.${bar}`, { topics: ["figures"], state: (figures) => this.#draw(card, figures) });
    });
  }

  #draw(card, figures) {
    const { bar, currency, zone } = card.dataset;
    const night = { currency, revenue: figures.revenue, sales: figures.sales, before: beforeByNow(figures.hours, clockIn(zone)) };
    this.#nights.set(bar, night);
    const { pending, low_stock: low } = figures;
    const waiting = { pending: this.#count.format(pending.count), low: low.length >= MOST_LOW ? `${MOST_LOW}+` : this.#count.format(low.length) };
    this.#write(card, night, waiting);
    card.querySelectorAll("[data-waits]").forEach((place) => place.classList.toggle("is-calm", !(place.dataset.waits === "low" ? low.length : pending.count)));
    this.#drawSum(currency);
  }

  #drawSum(currency) {
    const all = [...this.#nights.values()].filter((night) => night.currency === currency);
    this.querySelectorAll(`[data-sum][data-currency="${currency}"]`).forEach((place) => this.#write(place, sumOf(all)));
  }

  #write(place, { revenue, before, sales }, more = {}) {
    const money = moneyFormat(place.dataset.currency, Number(place.dataset.digits));
    const change = changeOf(revenue, before);
    const text = change === null ? "–" : this.#share.format(change);
    writeFigures(place, { revenue: money(revenue), before: money(before), sales: this.#count.format(sales), change: text, ...more });
    place.querySelector("[data-figure=change]").dataset.sign = Math.sign(change ?? 0);
  }
}

customElements.define("owner-board", OwnerBoard);
