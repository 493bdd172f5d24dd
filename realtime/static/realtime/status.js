// What people are told about the line: live, polling, catching_up or offline.

const BLINK_MS = 1_000; // a reconnect shorter than this is nobody's concern
const PATIENCE_MS = 10_000;

export class Status extends EventTarget {
  #value = "catching_up";
  #timers = [];

  get value() {
    return this.#value;
  }

  /** Connected, or known to be offline. */
  is(value) {
    this.#timers.splice(0).forEach(clearTimeout);
    this.#show(value);
  }

  /** Not connected: say so if it lasts. */
  isLost() {
    if (this.#timers.length || this.#value === "offline") return;
    this.#timers = [
      setTimeout(() => this.#show("catching_up"), BLINK_MS),
      setTimeout(() => this.is("offline"), PATIENCE_MS),
    ];
  }

  /** True while messages arrive. */
  get isConnected() {
    return this.#value === "live" || this.#value === "polling";
  }

  /** What the line tells of itself: a state of Line. */
  hear(state) {
    if (state === "lost") this.isLost();
    else if (state === "stop" || state === "sign_in") this.stop(state);
    else this.is(state);
  }

  /** The server wants no more of us: stop, or sign_in (a "signed_out" event). */
  stop(why) {
    this.is("offline");
    if (why === "sign_in") this.dispatchEvent(new Event("signed_out"));
  }

  #show(value) {
    if (value === this.#value) return;
    this.#value = value;
    this.dispatchEvent(new Event("status"));
  }
}
