import { positions, query, taken } from "./messages.js";
import { closeVerdict } from "./verdicts.js";
import { Watchdog } from "./watchdog.js";

const TYPES = ["frame", "state", "reset", "beat", "presence", "signal"];
const CONNECT_MS = 10_000;
const SETTLE_MS = 250; // a full bar opens the answer, too, and then says that it is full
const PATIENCE_MS = 55_000; // two beats and a little

// Server-sent events: one long answer over plain HTTP, where a proxy refuses WebSockets.
export class SseTransport {
  #hooks;
  #source = null;
  #wants = [];
  #hint = 0;
  #watchdog = new Watchdog(() => this.#end("back_off"));
  #settled = new Watchdog(() => this.#hooks.opened());

  constructor(hooks) {
    this.#hooks = hooks;
  }

  open() {
    this.#wants = this.#hooks.wants();
    this.#source = new EventSource(`${this.#hooks.url}/api/v1/sync/stream?${query(this.#wants)}`);
    this.#source.onopen = () => this.#settled.heard(SETTLE_MS);
    this.#source.onerror = ({ data }) => (data ? this.#warned(JSON.parse(data)) : this.#end("back_off", this.#hint));
    const on = (type, hear) => this.#source.addEventListener(type, (event) => hear(JSON.parse(event.data), event));
    TYPES.forEach((type) => on(type, (message, { lastEventId }) => this.#hear(message, lastEventId)));
    on("welcome", ({ mode, interval }) => mode === "poll" && this.#end("poll", interval));
    on("close", ({ code }) => this.#end(closeVerdict(code), this.#hint));
    on("drain", ({ window }) => this.#hooks.drained(window));
    this.#watchdog.heard(CONNECT_MS);
    taken(this.#wants).forEach((message) => this.#hooks.accept(message));
  }

  /** The request said where each stream stands, so a changed position needs another request. */
  renew() {
    this.close();
    this.open();
  }

  close() {
    [this.#watchdog, this.#settled].forEach((watchdog) => watchdog.stop());
    this.#source?.close(); // the line decides when to come back, not the browser
    this.#source = null;
  }

  #hear(message, cursors) {
    this.#watchdog.heard(PATIENCE_MS);
    this.#hooks.accept(message);
    positions(this.#wants, cursors).forEach((position) => this.#hooks.accept(position));
  }

  #warned = ({ retry_after: seconds = 0 }) => (this.#hint = seconds * 1_000);

  #end(why, hint) {
    this.close();
    this.#hooks.lost(why, hint);
  }
}
