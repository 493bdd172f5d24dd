// Which transport to use. A failing one is left for the one below; the line tries the one above again each minute.

const RUNGS = ["websocket", "sse", "poll"];
const FAILURES_AT_FIRST = 3; // what has never worked here is probably blocked
const FAILURES_OF_PROVEN = 7; // what has worked will again: with the 3 of the next rung, 10 attempts before polling

export class Ladder {
  #top = 0;
  #at = 0;
  #failures = 0;
  #proven = new Set();

  constructor(mode) {
    this.startAt(mode);
  }

  get rung() {
    return RUNGS[this.#at];
  }

  /** The rung above, undefined at the top. */
  get above() {
    return this.#at > this.#top ? RUNGS[this.#at - 1] : undefined;
  }

  /** A chosen mode is the best rung to use, "auto" the top of the ladder; without one, the last that was chosen. */
  startAt(mode = RUNGS[this.#top]) {
    this.#top = this.#at = Math.max(0, RUNGS.indexOf(mode));
    this.#failures = 0;
  }

  held() {
    this.#failures = 0;
    this.#proven.add(this.rung);
  }

  /** Counts a failure; true when it was one too many and the rung below is next. */
  failed() {
    this.#failures += 1;
    const allowed = this.#proven.has(this.rung) ? FAILURES_OF_PROVEN : FAILURES_AT_FIRST;
    return this.#failures >= allowed && this.#stepTo(this.#at + 1);
  }

  stepUp() {
    this.#stepTo(Math.max(this.#top, this.#at - 1));
  }

  toPolling() {
    this.#stepTo(RUNGS.length - 1);
  }

  #stepTo(rung) {
    if (rung >= RUNGS.length) return false; // nothing below: the last rung keeps trying
    this.#at = rung;
    this.#failures = 0;
    return true;
  }
}
