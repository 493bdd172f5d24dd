import { Asked } from "./asked.js";
import { Gathering } from "./gathering.js";
import { bySubscription } from "./messages.js";

// The questions of all tabs, put to the server as one a stream; what arrives is told to all, an answer to who has asked.
export class Desk {
  #asked = new Asked();
  #unasked;
  #say;

  /** say({to, message}) tells a tab, or all; renew(wants) asks the server. */
  constructor(say, renew) {
    this.#say = say;
    this.#unasked = new Gathering((streams) => renew(this.wants.filter(({ stream }) => streams.includes(stream))));
  }

  get wants() {
    return this.#asked.wants;
  }

  ask(tab, want) {
    const [epoch, seq] = want.since?.split(":") ?? [];
    const reset = { type: "reset", stream: want.stream, epoch, seq: Number(seq), reason: "epoch" };
    this.#asked.strays(want.stream, want.since).forEach((entry) => this.#tell(entry, reset));
    this.#asked.put(tab, want);
    this.#unasked.add(want.stream);
  }

  drop = (tab, key) => this.#asked.drop(tab, key);

  leave = (tab) => this.#asked.leave(tab);

  close = () => this.#unasked.close();

  /** A message of the server. */
  accept(message) {
    bySubscription(message).forEach((one) => (one.type === "joined" ? this.#join(one) : this.#pass(one)));
  }

  #join(message) {
    if (this.#unasked.has(message.stream)) return; // this answers an older question
    for (const entry of this.#asked.of(message.stream)) {
      const isFromNow = !entry.place.since && message.result !== "taken";
      this.#tell(entry, { ...message, question: entry.question, result: isFromNow ? "live" : message.result });
    }
  }

  #pass(message) {
    this.#asked.of(message.stream).forEach(({ place }) => place.hear(message));
    if (message.type === "refused") this.#asked.dropStream(message.stream);
    this.#say({ message });
  }

  #tell(entry, message) {
    entry.place.hear(message);
    this.#say({ to: entry.tab, message });
  }
}
