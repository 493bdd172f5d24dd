import { untilAnswered } from "./backoff.js";
import { Position } from "./position.js";

const nothing = () => {};

// One stream of one page: where it stands, and what to do with each message that arrives for it.
export class Subscription {
  #stream;
  #topics;
  #position;
  #isRefetching = false;
  #hasGap = false;
  #handlers;

  /**
   * `since` "epoch:seq" or nothing (from now); patch(event), false when only reset() can show it; state(data);
   * reset() → promise of a new cursor.
   */
  constructor(stream, { since, topics, patch = nothing, state = nothing, reset = nothing }) {
    this.#stream = stream;
    this.#topics = topics;
    this.#position = new Position(since);
    this.#handlers = { patch, state, reset };
  }

  get want() {
    return { stream: this.#stream, topics: this.#topics, since: this.#position.since };
  }

  /** Applies one message; promises true when the stream must be asked for again, since its cursor. */
  async accept(message) {
    if (message.type === "reset" || message.result === "reset") return this.#refetch(message);
    if (this.#isRefetching) return false; // what is missed now is replayed after the fresh cursor
    if (message.type === "frame") return this.#frame(message);
    if (message.type === "beat") return this.#position.isBehind(message.head);
    if (message.type === "state") this.#handlers.state(message.data);
    if (message.type === "joined") this.#position.joined(message);
    if (message.type === "at" && !this.#hasGap) this.#position.advanceTo(message.cursor);
    return false;
  }

  #frame(frame) {
    const fate = this.#position.judge(frame);
    this.#hasGap = fate === "gap";
    if (fate !== "apply") return this.#hasGap;
    const isShown = frame.events.map((event) => event.type !== "invalidate" && this.#handlers.patch(event) !== false);
    this.#position.moveTo(frame);
    return isShown.includes(false) && this.#refetch(frame);
  }

  async #refetch(at) {
    if (this.#isRefetching) return false;
    this.#isRefetching = true;
    const fresh = await untilAnswered(this.#handlers.reset);
    this.#isRefetching = false;
    if (fresh) this.#position.moveToCursor(fresh);
    else this.#position.moveTo(at);
    return Boolean(fresh);
  }
}
