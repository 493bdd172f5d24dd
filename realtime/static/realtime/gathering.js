const GATHER_MS = 20; // questions of several tabs about one stream become one
const MOST_AT_ONCE = 8; // streams in a go: a socket takes 20 messages in 10 s
const NEXT_GO_MS = 5_000;

// Streams with a question that the server hasn't got yet.
export class Gathering {
  #streams = new Set();
  #timer;
  #go;

  /** go(streams) asks the server about them. */
  constructor(go) {
    this.#go = go;
  }

  has(stream) {
    return this.#streams.has(stream);
  }

  add(stream) {
    this.#streams.add(stream);
    this.#timer ??= setTimeout(() => this.#next(), GATHER_MS);
  }

  close() {
    clearTimeout(this.#timer);
  }

  #next() {
    const streams = [...this.#streams].slice(0, MOST_AT_ONCE);
    streams.forEach((stream) => this.#streams.delete(stream));
    this.#timer = this.#streams.size ? setTimeout(() => this.#next(), NEXT_GO_MS) : undefined;
    this.#go(streams);
  }
}
