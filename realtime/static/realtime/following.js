const MOST = 1_000; // events that are kept

// A stream as a list of its events, newest last, for any framework to wrap: every difference is a "change".
export class Following extends EventTarget {
  #feed;
  #options;
  #events = [];
  #subscription = null;
  #changed = () => this.dispatchEvent(new Event("change"));

  /**
   * `events` are the types to keep (all where missing), onEvent(event) hears each of them once and in order. Where
   * events can't be had any more there is one of type "reset". `stream`, `topics` and `since` are those of subscribe.
   */
  constructor(feed, { stream, topics, since, events: types, onEvent = () => {}, most = MOST }) {
    super();
    const wanted = (event) => !types || types.includes(event.type) || event.type === "reset";
    const hear = (event) => wanted(event) && (this.#keep(event, most), onEvent(event));
    this.#feed = feed;
    this.#options = { stream, topics, since, patch: (event) => void hear(event), reset: () => void hear({ type: "reset", data: {} }) };
    this.reconnect();
  }

  /** A new array whenever there is something new. */
  get events() {
    return this.#events;
  }

  get isConnected() {
    return this.#subscription !== null && ["live", "polling"].includes(this.#feed.status);
  }

  reconnect() {
    if (this.#subscription) return this.#feed.reconnect();
    const { stream, ...options } = this.#options;
    this.#subscription = this.#feed.subscribe(stream, options);
    this.#feed.addEventListener("status", this.#changed);
    return this.#changed();
  }

  /** Ends here and stays where it is: reconnect() goes on from the same event. */
  disconnect() {
    this.#options.since = this.#subscription?.unsubscribe() ?? this.#options.since;
    this.#subscription = null;
    this.#feed.removeEventListener("status", this.#changed);
    this.#changed();
  }

  clearEvents() {
    this.#events = [];
    this.#changed();
  }

  #keep(event, most) {
    this.#events = [...this.#events, event].slice(-most);
    this.#changed();
  }
}
