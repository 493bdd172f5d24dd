import { positions, taken } from "./messages.js";
import { pace } from "./pace.js";
import { askOnce } from "./poll_request.js";

// The last rung: a request every 5 s, answered sooner when there is news; rarer where the server or the network ask for it.
export class PollTransport {
  #hooks;
  #timer;
  #abort = null; // of the request under way
  #seen = []; // tags of the values it has

  constructor(hooks) {
    this.#hooks = hooks;
  }

  open() {
    this.#seen = []; // somebody new may want the values again
    taken(this.#hooks.wants()).forEach((message) => this.#hooks.accept(message));
    this.#ask();
  }

  renew() {
    this.close();
    this.open();
  }

  /** Somebody looks: don't wait for the next turn. */
  nudge() {
    if (!this.#abort) this.#ask();
  }

  close() {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = null;
  }

  async #ask() {
    clearTimeout(this.#timer);
    const [abort, wants] = [(this.#abort = new AbortController()), this.#hooks.wants()];
    const { answer, why, hint, refused } = await askOnce(this.#hooks.url, wants, this.#seen, abort.signal);
    if (abort !== this.#abort) return; // closed meanwhile, or asked again
    this.#abort = null;
    if (answer) return this.#answered(wants, answer);
    if (refused) this.#hooks.accept({ type: "refused", stream: refused });
    this.#hooks.lost(why, hint);
  }

  #answered(wants, { messages, cursor, seen, interval }) {
    this.#seen = seen;
    const wait = pace(Math.max(interval, this.#hooks.interval), this.#hooks.conditions());
    if (wait < Infinity) this.#timer = setTimeout(() => this.#ask(), wait);
    this.#hooks.opened();
    [...messages, ...positions(wants, cursor)].forEach((message) => this.#hooks.accept(message));
  }
}
