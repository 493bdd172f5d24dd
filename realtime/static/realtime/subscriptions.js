import { Subscription } from "./subscription.js";

// All that a page follows.
export class Subscriptions {
  #all = new Set();
  #renew;

  /** renew(want) asks the server for a stream again, since a cursor. */
  constructor(renew) {
    this.#renew = renew;
  }

  get isEmpty() {
    return this.#all.size === 0;
  }

  /** {stream: cursor}; of two subscriptions to one stream, the one that began first. */
  get heads() {
    const cursors = [...this.#all].reverse().map(({ stream, cursor }) => [stream, cursor]);
    return Object.fromEntries(cursors.filter(([, cursor]) => cursor));
  }

  /** Questions for everything at once: somebody else answers from now on. */
  ask() {
    return [...this.#all].map((subscription) => subscription.ask());
  }

  add(stream, options) {
    const subscription = new Subscription(stream, options);
    this.#all.add(subscription);
    return subscription;
  }

  delete(subscription) {
    this.#all.delete(subscription);
  }

  accept(message) {
    this.#of(message.stream).forEach((subscription) => this.#accept(subscription, message));
  }

  /** The server lets nobody here follow this stream; true where somebody did. */
  refused(stream) {
    return this.#of(stream).map((subscription) => this.#all.delete(subscription)).length > 0;
  }

  #of(stream) {
    return [...this.#all].filter((subscription) => subscription.stream === stream);
  }

  async #accept(subscription, message) {
    if (await subscription.accept(message) && this.#all.has(subscription)) this.#renew(subscription.ask());
  }
}
