import { retryAfter } from "./backoff.js";
import { positions, query } from "./messages.js";
import { httpVerdict } from "./verdicts.js";
const [WAIT_S, REQUEST_MS] = [5, 15_000];

// The last rung: a request every 5 s, answered sooner when there is news.
export class PollTransport {
  #hooks;
  #timer;
  #abort = null;
  #seen = []; // tags of the values it has

  constructor(hooks) {
    this.#hooks = hooks;
  }

  open() {
    this.#ask();
  }

  renew() {
    this.close();
    this.open();
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
      const response = await fetch(`/api/v1/sync/poll?${query(wants)}&seen=${this.#seen}&wait=${WAIT_S}`, { signal: abort.signal });
      if (response.ok) this.#answered(abort, wants, await response.json());
      else this.#end(abort, httpVerdict(response.status), retryAfter(response));
    } catch {
      this.#end(abort, "back_off");
    } finally {
      clearTimeout(tooLong);
    }
  }

  #answered(abort, wants, { messages, cursor, seen, interval }) {
    if (abort !== this.#abort) return; // closed meanwhile, or asked again
    this.#seen = seen;
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
