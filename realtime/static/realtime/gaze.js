const ASLEEP_MS = 30_000; // a page hidden for longer is throttled by its browser
const GLANCE_MS = 10_000; // so long a ping says that somebody looks at another tab

// Whether somebody looks: at this tab, or at another that this one serves.
export class Gaze {
  #hiddenSince = Infinity;
  #glancedAt = -Infinity;
  #now;

  constructor(page = globalThis.document, now = Date.now) {
    this.#now = now;
    if (page?.hidden) this.#hiddenSince = now();
    page?.addEventListener("visibilitychange", () => (this.#hiddenSince = page.hidden ? now() : Infinity));
  }

  get isHidden() {
    return this.#hiddenSince < Infinity;
  }

  get isAsleep() {
    return this.#now() - this.#hiddenSince > ASLEEP_MS;
  }

  /** Somebody looks at another tab. */
  glance() {
    this.#glancedAt = this.#now();
  }

  /** How a page should poll: see pace. */
  conditions = () => ({
    isHidden: this.isHidden && this.#now() - this.#glancedAt > GLANCE_MS,
    connection: globalThis.navigator?.connection,
  });
}
