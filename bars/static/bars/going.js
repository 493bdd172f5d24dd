const UNDO_MS = 5_000;

// What was put away and can still be taken back.
export class Going {
  #timers = new Map(); // by id
  #hooks;

  /** settled(id): for good; changed(): something goes, or stays after all. */
  constructor(hooks) {
    this.#hooks = hooks;
  }

  has = (id) => this.#timers.has(id);

  begin(id) {
    this.#timers.set(id, setTimeout(() => this.#settle(id), UNDO_MS));
    this.#hooks.changed();
  }

  undo(id) {
    this.#forget(id);
    this.#hooks.changed();
  }

  /** All of it, now. */
  settle = () => [...this.#timers.keys()].forEach((id) => this.#settle(id));

  #settle(id) {
    this.#forget(id);
    this.#hooks.settled(id);
  }

  #forget(id) {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }
}
