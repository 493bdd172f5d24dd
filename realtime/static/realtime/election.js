// Which tab leads: who holds a lock of the browser. It is free again the moment that a tab closes or crashes.

export const ALONE = { request: async (_name, _options, lead) => lead() }; // a browser without locks: each tab leads itself

export class Election {
  #name;
  #locks;
  #hooks;
  #waiting = null; // null: doesn't stand
  #release = null; // null: doesn't lead

  /** lead() when this tab begins to lead, resign() when it no longer does. */
  constructor(name, locks, hooks) {
    this.#name = name;
    this.#locks = locks;
    this.#hooks = hooks;
  }

  get isWon() {
    return this.#release !== null;
  }

  /** Lead as soon as nobody else does. */
  stand() {
    this.#waiting = new AbortController();
    this.#hold({ signal: this.#waiting.signal });
  }

  /** Lead now: who leads is frozen, or asleep. */
  seize() {
    this.#waiting.abort();
    this.#hold({ steal: true });
  }

  withdraw() {
    this.#waiting?.abort();
    this.#waiting = null;
    this.#release?.();
    this.#resign();
  }

  async #hold(options) {
    let mine = null;
    const lead = () => this.#waiting && this.#lead((release) => (mine = release));
    try {
      await this.#locks.request(this.#name, options, lead);
    } catch {
      if (mine && mine === this.#release && this.#resign()) this.stand(); // another tab has seized it; else it has only waited
    }
  }

  /** A tab may seize the lock in the moment that it is granted it: it leads once. */
  #lead(hold) {
    const isFirst = !this.isWon;
    const held = new Promise((release) => hold((this.#release = release)));
    if (isFirst) this.#hooks.lead();
    return held;
  }

  #resign() {
    if (!this.#release) return false;
    this.#release = null;
    this.#hooks.resign();
    return true;
  }
}
