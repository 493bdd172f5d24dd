import { uuid } from "../realtime/identity.js";
import { noteCount } from "./count_sending.js";

const PAUSE_MS = 700; // after the last digit
const AGAIN_MS = 5_000;

// <count-line data-url>: notes what is typed once the typing stops, again and again until it is noted; an empty field
// takes it back. Each look at the shelf has its key: a repeat is no second look.
class CountLine extends HTMLElement {
  #input = this.querySelector("input");
  #noted = this.#input.value;
  #look = {};
  #timer;

  connectedCallback() {
    this.#input.addEventListener("input", () => this.#later(PAUSE_MS));
    this.#input.addEventListener("change", () => this.#note());
    addEventListener("online", () => this.dataset.state === "unsaved" && this.#note());
  }

  #later(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#note(), ms);
  }

  async #note() {
    const text = this.#input.value.trim();
    if (this.dataset.state === "saving") return;
    if (text === this.#noted) return this.#become(text === "" ? "" : "saved");
    if (this.#look.text !== text) this.#look = { text, key: uuid() };
    this.#become("saving");
    const problem = await noteCount(this.dataset.url, this.#look).catch(() => this.#wait());
    if (problem) return this.#become("unsaved", problem.detail);
    this.#noted = text;
    this.#become(text === "" ? "" : "saved");
    this.#later(0); // what was typed meanwhile
  }

  #wait() {
    this.#later(AGAIN_MS);
    return { detail: "" };
  }

  #become(state, refusal = "") {
    this.dataset.state = state;
    const [words, place] = [document.getElementById("count-words").dataset, this.closest("li").querySelector(".count-refusal")];
    this.querySelector("[data-words]").textContent = words[state] ?? "";
    place.textContent = state === "unsaved" ? refusal || words.unsaved : "";
    place.hidden = place.textContent === "";
  }
}

customElements.define("count-line", CountLine);
