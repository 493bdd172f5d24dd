import { atOnce, backOff } from "./backoff.js";
import { Ladder } from "./ladder.js";
import { Prober } from "./prober.js";

// Keeps one transport open: retries, steps down the ladder when one fails, and up again when a better one works.
export class Line {
  transport = null;
  isOn = false; // open, or about to be
  #ladder;
  #start;
  #tell;
  #prober;
  #attempt = 0;
  #retry;
  #interval = 0; // ms between polls, where the server has sent us to polling

  /** start(rung, hooks) returns an open transport; tell(state): live, polling, lost, offline, stop or sign_in. */
  constructor(mode, start, tell) {
    this.#ladder = new Ladder(mode);
    this.#start = start;
    this.#tell = tell;
    this.#prober = new Prober(start, () => this.#reopen(this.#ladder.stepUp()));
  }

  startAt = (mode) => this.#reopen(this.#ladder.startAt(mode));

  choose = (mode) => (this.isOn ? this.startAt(mode) : this.#ladder.startAt(mode));

  open() {
    this.close();
    this.isOn = true;
    this.#tell("lost");
    const lost = (why, hint) => this.#lost(why, hint);
    const drained = (seconds) => this.#openIn(Math.random() * seconds * 1_000);
    const hooks = { opened: () => this.#opened(), lost, drained, interval: this.#interval };
    this.transport = this.#start(this.#ladder.rung, hooks);
  }

  close() {
    clearTimeout(this.#retry);
    this.#prober.stop();
    this.transport?.close();
    this.transport = null;
    this.isOn = false;
  }

  #opened() {
    const wait = this.#attempt > 0 ? atOnce() : undefined; // it has failed and works again: so may the rung above
    this.#attempt = 0;
    this.#ladder.held();
    this.#tell(this.#ladder.rung === "poll" ? "polling" : "live");
    if (this.#ladder.above) this.#prober.look(this.#ladder.above, wait);
  }

  #lost(why, hint) {
    this.close();
    this.isOn = why !== "stop" && why !== "sign_in";
    this.#tell(this.isOn ? "lost" : why);
    if (why === "poll") this.#reopen(this.#ladder.toPolling(), hint);
    else if (why === "at_once") this.#openIn(atOnce());
    else if (this.isOn && this.#ladder.failed()) this.#reopen();
    else if (this.isOn) this.#openIn(backOff((this.#attempt += 1), hint));
  }

  #openIn(ms) {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.open(), ms);
  }

  #reopen(_step, interval = 0) {
    this.#attempt = 0;
    this.#interval = interval;
    this.open();
  }
}
