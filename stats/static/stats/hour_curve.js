import { jsonOf } from "../ui/texts.js";
import { curveData, curveOptions } from "./curve_options.js";

// <hour-curve data-currency data-digits>: revenue by hour, tonight and a week ago. uPlot draws it once it has a width.
class HourCurve extends HTMLElement {
  #plot;
  #hours = [];
  #dark = matchMedia("(prefers-color-scheme: dark)");
  #resized = new ResizeObserver(([{ contentRect }]) => this.#plot?.setSize({ width: contentRect.width, height: this.#height }));
  #again = () => this.#start();

  connectedCallback() {
    this.#dark.addEventListener("change", this.#again);
    this.#resized.observe(this);
    this.draw(jsonOf("hours"));
  }

  disconnectedCallback() {
    this.#dark.removeEventListener("change", this.#again);
    this.#resized.disconnect();
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  /** [[hour, revenue, revenue a week ago], …] from the closing hour on. */
  draw(hours) {
    this.#hours = hours;
    if (this.#plot) this.#plot.setData(curveData(hours));
    else this.#start();
  }

  get #height() {
    return Math.max(140, Math.min(240, this.clientWidth / 2));
  }

  #start() {
    this.#plot?.destroy();
    const { currency, digits } = this.dataset;
    const size = { width: this.clientWidth, height: this.#height };
    const options = curveOptions({ ...size, style: getComputedStyle(this), currency, digits: Number(digits), hours: () => this.#hours });
    this.#plot = new globalThis.uPlot(options, curveData(this.#hours), this);
  }
}

customElements.define("hour-curve", HourCurve);
