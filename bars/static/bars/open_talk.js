import { untilAnswered } from "../realtime/backoff.js";
import { feed } from "../realtime/page_feed.js";
import { answerOf, get } from "../ui/request.js";
import { Outbox } from "./outbox.js";
import { Reading } from "./reading.js";
import { Thread } from "./thread.js";
import { TypingSignal } from "./typing.js";

// The conversation that is open: what was said, what waits to be said, and what is being written.
export class OpenTalk {
  row;
  thread = new Thread();
  outbox;
  text;
  typing;
  #url;
  #me;
  #drafts;
  #changed;
  #reading;

  constructor(row, { me, drafts, changed }) {
    [this.row, this.#me, this.#drafts] = [row, me, drafts];
    this.#reading = new Reading(row.id);
    this.#url = `/api/v1/conversations/${row.id}/messages`;
    this.#changed = () => (this.#save(), changed());
    const { text, unsent } = drafts.load(row.id);
    this.text = text;
    this.outbox = new Outbox(row.id, unsent.map((one) => ({ ...one, isSending: false })), { said: (message) => this.thread.put(message), changed: () => this.#changed() });
    this.typing = new TypingSignal((name) => feed.signal(name, { conversation: row.id }));
  }

  async load() {
    await untilAnswered(() => this.reload());
    return this.outbox.retryAll();
  }

  reload = () => this.#read(this.#url);

  older = () => this.#read(`${this.#url}?before=${this.thread.next}`);

  leave = () => this.typing.stop();

  hear(message) {
    if (message.author === this.#me && !this.thread.has(message.message)) this.outbox.heard(message.message);
    this.thread.hear(message);
  }

  write(text) {
    this.text = text;
    this.#save();
    text.trim() ? this.typing.type() : this.typing.stop();
  }

  say() {
    const text = this.text.trim();
    this.write("");
    return text && this.outbox.say(text);
  }

  takeBack = (message) => feed.send("message.delete", { conversation: this.row.id, message }).catch(() => this.#changed());

  /** Somebody looks at the newest message. */
  readAll = () => this.#reading.upTo(this.thread.newest, this.thread.marks.get(this.#me));

  #save = () => this.#drafts.save(this.row.id, { text: this.text, unsent: this.outbox?.unsent ?? [] });

  async #read(url) {
    this.thread.take(await answerOf(get(url)));
    this.#changed();
  }
}
