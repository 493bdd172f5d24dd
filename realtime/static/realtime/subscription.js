import { untilAnswered } from "./backoff.js";
import { Place } from "./place.js";

const nothing = () => {};
const byType = (patch) => (typeof patch === "function" ? patch : (event) => patch[event.type]?.(event));

// What a page follows of one stream: where it stands, and what to do with each message that arrives.
export class Subscription {
  static #keys = 0;
  #key = (Subscription.#keys += 1);
  #topics;
  #place;
  #handlers;
  #isRefetching = false;

  /** The options are those of Feed.subscribe. */
  constructor(stream, { since, topics, patch = nothing, state = nothing, reset = nothing, presence = nothing, signal = nothing }) {
    this.stream = stream;
    this.#topics = topics;
    this.#place = new Place(since);
    this.#handlers = { patch: byType(patch), state, reset, presence, signal };
  }

  get key() {
    return this.#key;
  }

  get cursor() {
    return this.#place.since;
  }

  /** A new question to the server, for what follows the cursor. */
  ask() {
    const question = this.#place.ask();
    return { key: this.#key, stream: this.stream, topics: this.#topics, since: this.cursor, question };
  }

  /** Takes one message of the stream; promises true when the stream must be asked for again, since its cursor. */
  async accept(message) {
    if (this.#isRefetching && message.type !== "joined") return false; // what is missed now comes after the fresh cursor
    const fate = this.#place.hear(message);
    if (this.#isRefetching) return false;
    if (fate === "reset" || (fate === "apply" && !this.#show(message.events))) return this.#refetch();
    if (message.type === "state" && this.#wants(message.key)) this.#handlers.state(message.data, message.key);
    if (message.type === "presence" && this.#wants("presence")) this.#handlers.presence(message);
    if (message.type === "signal") this.#handlers.signal(message);
    return fate === "ask";
  }

  #show(events) {
    const isShown = ({ type, data }) => type !== "invalidate" || !data.topics.some((topic) => this.#wants(topic));
    return events.map((event) => isShown(event) && (event.type === "invalidate" || this.#handlers.patch(event) !== false)).every(Boolean);
  }

  #wants = (topic) => !this.#topics || this.#topics.includes(topic);

  async #refetch() {
    this.#isRefetching = true;
    const fresh = await untilAnswered(this.#handlers.reset);
    this.#isRefetching = false;
    if (fresh) this.#place.moveToCursor(fresh);
    return Boolean(fresh);
  }
}
