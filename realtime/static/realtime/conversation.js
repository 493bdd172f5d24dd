import { Calls } from "./calls.js";

// What this end asks on a socket, by number, and which answers still count.
export class Conversation {
  #say;
  #calls = new Calls();
  #questions = new Map(); // stream → number of the last question about it

  constructor(say) {
    this.#say = say;
  }

  ask(want) {
    const id = (this.#questions.get(want.stream) ?? 0) + 1;
    this.#questions.set(want.stream, id);
    this.#say({ type: "subscribe", id, ...want });
  }

  hasAsked(stream) {
    return this.#questions.has(stream);
  }

  send(action, data) {
    return this.#calls.make((id) => this.#say({ type: "send", id, action, data }));
  }

  /** True for what is settled here: the answer to a send, or to an older question. */
  takes({ type, id, stream, data, ...problem }) {
    if (type === "subscribed") return id !== this.#questions.get(stream);
    if (type === "ack") this.#calls.answered({ id, data });
    if (type === "error") return this.#calls.answered({ id, problem });
    return type === "ack";
  }

  end() {
    this.#calls.abandon();
  }
}
