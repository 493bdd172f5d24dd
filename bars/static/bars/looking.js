import { backOff } from "../realtime/backoff.js";

// One look at a time: what is asked for meanwhile is one more look, and what has failed is tried again.
export class Looking {
  #look;
  #failed;
  #isStale = false;
  #asking = null;
  #failures = 0;
  #again; // timer

  /** look() promises that all was read; failed() is told where it wasn't. */
  constructor(look, failed) {
    [this.#look, this.#failed] = [look, failed];
  }

  /** Promises that what is so now was read, or will be tried again. */
  ask() {
    this.#isStale = true;
    return (this.#asking ??= this.#whileStale().finally(() => (this.#asking = null)));
  }

  async #whileStale() {
    while (this.#isStale) {
      this.#isStale = false;
      await this.#look().then(() => (this.#failures = 0), () => this.#fail());
    }
  }

  #fail() {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.ask(), backOff((this.#failures += 1)));
    this.#failed();
  }
}
