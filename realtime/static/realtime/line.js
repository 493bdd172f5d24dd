import { atOnce, backOff } from "./backoff.js";
import { Ladder } from "./ladder.js";
import { Prober } from "./prober.js";
import { Status } from "./status.js";

// Keeps one transport open: retries, steps down the ladder when one fails, and up again when a better one works.
export class Line {
  status = new Status();
  transport = null;
  #ladder;
  #start;
  #prober;
  #attempt = 0;
  #retry;

  /** start(rung, { opened, lost }) returns an open transport. */
  constructor(mode, start) {
    this.#ladder = new Ladder(mode);
    this.#start = start;
    this.#prober = new Prober(start, () => this.#reopen(this.#ladder.stepUp()));
  }

  startAt = (mode) => this.#reopen(this.#ladder.startAt(mode));

  open() {
    this.close();
    this.status.isLost();
    const lost = (why, hint) => this.#lost(why, hint);
    this.transport = this.#start(this.#ladder.rung, { opened: () => this.#opened(), lost });
  }

  close() {
    clearTimeout(this.#retry);
    this.#prober.stop();
    this.transport?.close();
    this.transport = null;
  }

  #opened() {
    const wait = this.status.value === "offline" ? atOnce() : undefined; // the server is back: look up soon
    this.#attempt = 0;
    this.#ladder.held();
    this.status.is(this.#ladder.rung === "poll" ? "polling" : "live");
    if (this.#ladder.above) this.#prober.look(this.#ladder.above, wait);
  }

  #lost(why, hint) {
    this.transport = null;
    this.status.isLost();
    if (why === "stop" || why === "sign_in") this.status.stop(why);
    else if (why === "poll") this.#reopen(this.#ladder.toPolling());
    else if (why !== "at_once" && this.#ladder.failed()) this.#reopen();
    else this.#retry = setTimeout(() => this.open(), why === "at_once" ? atOnce() : backOff((this.#attempt += 1), hint));
  }

  #reopen() {
    this.#attempt = 0;
    this.open();
  }
}
