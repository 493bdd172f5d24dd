import { drawRows } from "../ui/rows.js";

// <live-monitor data-source="…">: figures of the running servers, read again every two seconds while somebody looks.

const EVERY = 2000; // ms: as often as the servers tell theirs
const at = (data, path) => path.split(".").reduce((value, name) => value?.[name], data);

class LiveMonitor extends HTMLElement {
  #number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
  #timer;

  connectedCallback() {
    this.#timer = setInterval(() => document.hidden || this.#read(), EVERY);
    this.#read();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  async #read() {
    try {
      const answer = await fetch(this.dataset.source, { signal: AbortSignal.timeout(5000) });
      if (!answer.ok) throw new Error(`answered ${answer.status}`);
      this.#draw(await answer.json());
      this.#setSilent(false);
    } catch {
      this.#setSilent(true);
    }
  }

  #setSilent(isSilent) {
    this.toggleAttribute("data-is-silent", isSilent);
    this.querySelector("[data-silent]").hidden = !isSilent;
  }

  #draw(data) {
    for (const place of this.querySelectorAll("[data-figure]")) place.textContent = this.#text(place.dataset, data);
    for (const place of this.querySelectorAll("[data-alarm]")) {
      place.classList.toggle("is-alarm", data.alarms.includes(place.dataset.alarm));
    }
    const [list, row] = [this.querySelector("[data-streams]"), this.querySelector("[data-row]")];
    drawRows(list, row, data.streams, ({ stream }) => stream, (place, one) => this.#drawStream(place, one));
  }

  #text({ figure, times = 1, yes, no, none = "0" }, data) {
    const value = at(data, figure) ?? none;
    return typeof value === "boolean" ? (value ? yes : no) : value === none ? none : this.#number.format(value * times);
  }

  #drawStream(place, { stream, connections, limit, is_nearly_full }) {
    const [name, count, meter] = ["[data-name]", "[data-count]", "meter"].map((one) => place.querySelector(one));
    [name.textContent, count.textContent] = [stream, limit ? `${connections} / ${limit}` : connections];
    count.classList.toggle("is-nearly-full", is_nearly_full);
    meter.hidden = !limit;
    if (limit) [meter.max, meter.high, meter.optimum, meter.value] = [limit, 0.9 * limit, 0, connections];
  }
}

customElements.define("live-monitor", LiveMonitor);
