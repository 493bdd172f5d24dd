const EVERY_MS = 60_000;

// Tries a better transport while the present one serves; calls back when it would work.
export class Prober {
  #start;
  #found;
  #candidate = null;
  #timer;

  /** start(rung, { opened, lost }) returns an open transport. */
  constructor(start, found) {
    this.#start = start;
    this.#found = found;
  }

  /** Try this rung in a minute, or after `wait` milliseconds; what is under way goes on. */
  look(rung, wait = EVERY_MS) {
    if (this.#candidate || this.#timer) return;
    this.#timer = setTimeout(() => this.#try(rung), wait);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#candidate?.close();
    this.#timer = this.#candidate = null;
  }

  #try(rung) {
    const opened = () => {
      this.stop();
      this.#found();
    };
    const lost = () => {
      this.stop();
      this.look(rung);
    };
    this.#candidate = this.#start(rung, { accept: () => {}, opened, lost });
  }
}
