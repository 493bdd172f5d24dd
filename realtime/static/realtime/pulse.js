const PING_MS = 3_000; // a tab that is looked at waits so long for a leader that doesn't answer

// Whether the leader is there, asked by a tab that is looked at.
export class Pulse {
  #hooks;
  #timer;
  #hasPong = true;

  /** Hooks: isWatching(), ping(), missed(). */
  constructor(hooks) {
    this.#hooks = hooks;
  }

  start() {
    this.#hasPong = true;
    this.#beat();
  }

  stop() {
    clearTimeout(this.#timer);
  }

  pong() {
    this.#hasPong = true;
  }

  #beat() {
    const isWatching = this.#hooks.isWatching();
    if (isWatching && !this.#hasPong) this.#hooks.missed();
    this.#hasPong = !isWatching;
    if (isWatching) this.#hooks.ping();
    this.#timer = setTimeout(() => this.#beat(), PING_MS);
  }
}
