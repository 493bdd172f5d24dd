import { feed } from "../realtime/page_feed.js";

// How far this person has read in one conversation, said once for each step further.
export class Reading {
  #conversation;
  #told = 0;

  constructor(conversation) {
    this.#conversation = conversation;
  }

  /** Somebody looks at message `newest`; the server knows of `known`. */
  upTo(newest, known = 0) {
    if (newest <= Math.max(this.#told, known)) return;
    this.#told = newest;
    feed.send("message.read", { conversation: this.#conversation, number: newest }).catch(() => (this.#told = 0));
  }
}
