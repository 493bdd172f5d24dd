import { feed } from "./page_feed.js";

// <live-status data-live="…" data-polling="…" data-catching_up="…" data-offline="…">: the state of the line, in words.
class LiveStatus extends HTMLElement {
  #show = () => {
    this.dataset.status = feed.status;
    this.querySelector("[data-words]").textContent = this.dataset[feed.status];
  };

  connectedCallback() {
    feed.addEventListener("status", this.#show);
    this.#show();
  }

  disconnectedCallback() {
    feed.removeEventListener("status", this.#show);
  }
}

customElements.define("live-status", LiveStatus);
