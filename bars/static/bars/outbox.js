import { uuid } from "../realtime/identity.js";
import { answerOf, post } from "../ui/request.js";

// What this person has said in one conversation and the server has not confirmed: each has its key, so it is said once.
export class Outbox {
  #url;
  #said;
  #changed;
  unsent;

  /** said(message) takes what the server has confirmed; changed() is told of every difference. */
  constructor(conversation, unsent, { said, changed }) {
    this.#url = `/api/v1/conversations/${conversation}/messages`;
    [this.#said, this.#changed] = [said, changed];
    this.unsent = unsent;
  }

  say(text) {
    const one = { key: uuid(), text, created_at: new Date().toISOString() };
    this.unsent = [...this.unsent, one];
    return this.#send(one);
  }

  retry = (key) => this.unsent.filter((one) => one.key === key && !one.isSending).forEach((one) => this.#send(one));

  /** One after another, so that they are read in the order in which they were written. */
  async retryAll() {
    for (const one of this.unsent.filter(({ isSending }) => !isSending)) await this.#send(one);
  }

  discard(key) {
    this.unsent = this.unsent.filter((one) => one.key !== key);
    this.#changed();
  }

  /** An own message was heard before the answer to it: it is shown once. */
  heard(id) {
    const first = this.unsent.find((one) => one.isSending && !one.id);
    if (first) first.id = id;
  }

  async #send(one) {
    one.isSending = true;
    this.#changed();
    try {
      const message = await answerOf(post(this.#url, { key: one.key, text: one.text }));
      this.unsent = this.unsent.filter(({ key }) => key !== one.key);
      this.#said(message);
    } catch {
      [one.isSending, one.id] = [false, undefined];
    }
    this.#changed();
  }
}
