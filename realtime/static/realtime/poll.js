import { retryAfter } from "./backoff.js";
import { positions, query } from "./messages.js";
import { httpVerdict } from "./verdicts.js";

const REQUEST_MS = 10_000;

// The last rung: asks every few seconds, at the interval that the server gives.
export class PollTransport {
  #hooks;
  #timer;
  #abort = null;

  constructor(hooks) {
    this.#hooks = hooks;
  }

  open() {
    this.#ask();
  }

  /** Ask again at once. */
  renew() {
    this.close();
    this.#ask();
  }

  close() {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = null;
  }

  async #ask() {
    const abort = (this.#abort = new AbortController());
    const tooLong = setTimeout(() => this.#end(abort, "back_off"), REQUEST_MS);
    try {
      const wants = this.#hooks.wants();
      const response = await fetch(`/api/v1/sync/poll?${query(wants)}`, { signal: abort.signal });
      if (!response.ok) return this.#end(abort, httpVerdict(response.status), retryAfter(response));
      this.#answered(abort, wants, await response.json());
    } catch {
      this.#end(abort, "back_off");
    } finally {
      clearTimeout(tooLong);
    }
  }

  #answered(abort, wants, { messages, cursor, interval }) {
    if (abort !== this.#abort) return; // closed meanwhile, or asked again
    this.#timer = setTimeout(() => this.#ask(), interval);
    this.#hooks.opened();
    [...messages, ...positions(wants, cursor)].forEach((message) => this.#hooks.accept(message));
  }

  #end(abort, why, hint) {
    if (abort !== this.#abort) return;
    this.close();
    this.#hooks.lost(why, hint);
  }
}
