import { positions, query } from "./messages.js";
import { Watchdog } from "./watchdog.js";

const TYPES = ["frame", "state", "reset", "beat"];
const CONNECT_MS = 10_000;
const PATIENCE_MS = 55_000; // two beats and a little

// Server-sent events: one long answer over plain HTTP, where a proxy refuses WebSockets.
export class SseTransport {
  #hooks;
  #source = null;
  #wants = [];
  #watchdog = new Watchdog(() => this.#end());

  constructor(hooks) {
    this.#hooks = hooks;
  }

  open() {
    this.#wants = this.#hooks.wants();
    this.#source = new EventSource(`/api/v1/sync/stream?${query(this.#wants)}`);
    this.#source.onopen = () => this.#opened();
    this.#source.onerror = () => this.#end(); // the line decides when to come back, not the browser
    TYPES.forEach((type) => this.#source.addEventListener(type, (event) => this.#hear(event)));
    this.#watchdog.heard(CONNECT_MS);
  }

  /** The request said where each stream stands, so a changed position needs another request. */
  renew() {
    this.close();
    this.open();
  }

  close() {
    this.#watchdog.stop();
    this.#source?.close();
    this.#source = null;
  }

  #opened() {
    this.#watchdog.heard(PATIENCE_MS);
    this.#hooks.opened();
  }

  #hear({ data, lastEventId }) {
    this.#watchdog.heard(PATIENCE_MS);
    this.#hooks.accept(JSON.parse(data));
    positions(this.#wants, lastEventId).forEach((message) => this.#hooks.accept(message));
  }

  #end() {
    this.close();
    this.#hooks.lost("back_off");
  }
}
