import { bySubscription } from "./messages.js";
import { Subscription } from "./subscription.js";

// All that a page follows, one subscription a stream.
export class Subscriptions {
  #byStream = new Map();
  #renew;

  /** renew(want) asks the server for a stream again, since its cursor. */
  constructor(renew) {
    this.#renew = renew;
  }

  get isEmpty() {
    return this.#byStream.size === 0;
  }

  get wants() {
    return [...this.#byStream.values()].map(({ want }) => want);
  }

  add(stream, options) {
    if (this.#byStream.has(stream)) throw new Error(`${stream} is already followed`);
    this.#byStream.set(stream, new Subscription(stream, options));
    return this.#byStream.get(stream);
  }

  delete(stream) {
    this.#byStream.delete(stream);
  }

  accept(message) {
    bySubscription(message).forEach((one) => this.#accept(this.#byStream.get(one.stream), one));
  }

  async #accept(subscription, message) {
    if (await subscription?.accept(message)) this.#renew(subscription.want);
  }
}
