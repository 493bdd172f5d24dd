import { uuid } from "../realtime/identity.js";
import { answerOf, get, post } from "../ui/request.js";
import { drawRows } from "../ui/rows.js";
import { jsonOf } from "../ui/texts.js";

// <tab-sheet data-api data-no-network>: which open tab a sale goes on, or a new one. A "chosen" event has the tab's id.
class TabSheet extends HTMLElement {
  #tabs = [];
  #key = uuid();

  connectedCallback() {
    this.#draw(jsonOf("open-tabs"));
    this.addEventListener("click", ({ target }) => {
      const id = target.closest("[data-key]")?.dataset.key;
      if (id) this.#choose(id);
    });
    this.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#open(event.target.elements.name.value.trim()).catch(() => this.#say(this.dataset.noNetwork));
    });
  }

  /** Shows the tabs as known, and as they are once the server has said so. */
  open() {
    this.#say("");
    this.querySelector("dialog").showModal();
    answerOf(get(`${this.dataset.api}/tabs?status=open`)).then(({ tabs }) => this.#draw(tabs), () => {});
  }

  async #open(name) {
    const tab = await answerOf(post(`${this.dataset.api}/tabs`, { key: this.#key, name }));
    this.#key = uuid();
    this.#draw([tab, ...this.#tabs]);
    this.querySelector("form").reset();
    this.#choose(tab.id);
  }

  #choose(id) {
    this.querySelector("dialog").close();
    this.dispatchEvent(new CustomEvent("chosen", { detail: id }));
  }

  #say(text) {
    this.querySelector("[data-refusal]").textContent = text;
  }

  #draw(tabs) {
    this.#tabs = tabs;
    drawRows(this.querySelector("ul"), this.querySelector("template"), tabs, ({ id }) => id, (row, { name, number }) => {
      row.querySelector("[data-name]").textContent = name;
      row.querySelector("[data-number]").textContent = number;
    });
    this.querySelector("[data-none]").hidden = tabs.length > 0;
  }
}

customElements.define("tab-sheet", TabSheet);
