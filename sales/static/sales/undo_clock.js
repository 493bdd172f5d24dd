const SECOND_MS = 1_000;

// <undo-clock data-until data-left="{left} left…">: says how long a sale can still be undone, and then is gone.
class UndoClock extends HTMLElement {
  #timer;

  connectedCallback() {
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), SECOND_MS);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  #tick() {
    const left = Math.floor((new Date(this.dataset.until) - Date.now()) / SECOND_MS);
    this.hidden = left <= 0;
    if (left <= 0) return clearInterval(this.#timer);
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    this.querySelector("[data-says]").textContent = this.dataset.left.replace("{left}", clock);
  }
}

customElements.define("undo-clock", UndoClock);
