const THROTTLE_MS = 3_000; // between two signals that this person types
const LIFE_MS = 5_000; // of a signal that somebody types: nothing keeps it, and its end may be lost

// Tells the others of one conversation that this person is typing.
export class TypingSignal {
  #send;
  #now;
  #toldAt = -Infinity;

  /** send(name) passes on typing.start or typing.stop. */
  constructor(send, now = Date.now) {
    [this.#send, this.#now] = [send, now];
  }

  type() {
    if (this.#now() - this.#toldAt < THROTTLE_MS) return;
    this.#toldAt = this.#now();
    this.#send("typing.start");
  }

  stop() {
    if (this.#toldAt === -Infinity) return;
    this.#toldAt = -Infinity;
    this.#send("typing.stop");
  }
}

// Who is typing now, by conversation.
export class Typists {
  #ends = new Map(); // timers, by conversation and person
  #changed;

  constructor(changed) {
    this.#changed = changed;
  }

  hear({ conversation, person, typing }) {
    const key = `${conversation} ${person}`;
    clearTimeout(this.#ends.get(key));
    this.#ends.delete(key);
    if (typing) this.#ends.set(key, setTimeout(() => this.hear({ conversation, person, typing: false }), LIFE_MS));
    this.#changed();
  }

  of(conversation) {
    return [...this.#ends.keys()].map((key) => key.split(" ")).flatMap(([where, person]) => (where === conversation ? [person] : []));
  }
}
