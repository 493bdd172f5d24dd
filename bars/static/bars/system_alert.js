// A word of the operators to everybody: stays until it is closed, on top of whatever page is open.
export class SystemAlert {
  #place;

  constructor(bell) {
    this.#place = bell.querySelector("[data-alert]");
    this.#place.querySelector("[data-verb=heard]").addEventListener("click", () => (this.#place.hidden = true));
  }

  show({ level, text }) {
    this.#place.querySelector("[data-text]").textContent = text;
    this.#place.dataset.level = level;
    this.#place.hidden = false;
  }
}
