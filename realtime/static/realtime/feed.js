import { Calls, Refused } from "./calls.js";
import { Status } from "./status.js";
import { Subscriptions } from "./subscriptions.js";
import { wired } from "./wired.js";

// What a page uses: streams in; events and states out, over whatever transport works, on one line with its other tabs.
// Tells "status"; "signed_out", the session has ended; "refused" with a `stream` that nobody here may follow (any more).
export class Feed extends EventTarget {
  #subscriptions = new Subscriptions((want) => this.#wire.say("want", { want }));
  #calls = new Calls();
  #status = new Status();
  #wire;

  /** Options: mode, url and user, as connect() names them. */
  constructor(options = {}) {
    super();
    this.#wire = wired(options, {
      wants: () => this.#subscriptions.ask(),
      lost: () => this.#lost(),
      line: (state) => this.#status.hear(state),
      message: (message) => this.#hear(message),
      answer: (answer) => this.#calls.answered(answer),
    });
    const relay = ({ type }) => this.dispatchEvent(new Event(type));
    ["status", "signed_out"].forEach((type) => this.#status.addEventListener(type, relay));
  }

  /** live, catching_up, polling or offline. */
  get status() {
    return this.#status.value;
  }

  /** Where this page stands, {stream: cursor}. */
  heads = () => this.#subscriptions.heads;

  /**
   * Follow a stream. `since` "epoch:seq", nothing for from now on; `topics`, nothing for every topic of the log;
   * patch(event), or a table of such functions by type: false when only reset() can show it; reset() → promise of a new
   * cursor; state(value, topic); presence({joined, left}); signal({name, data}).
   */
  subscribe(stream, options) {
    const subscription = this.#subscriptions.add(stream, options);
    this.#wire.isOpen ? this.#wire.say("want", { want: subscription.ask() }) : this.#wire.open();
    return { unsubscribe: () => this.#unsubscribe(subscription) }; // which returns the cursor to go on from
  }

  /** Do what an app lets clients do; promises its answer, or rejects with a Refused: offline at once, nothing is queued. */
  async send(action, data) {
    if (!this.#status.isConnected) throw new Refused({ code: "offline" });
    return this.#calls.make((id) => this.#wire.say("send", { id, action, data }));
  }

  /** Tell who listens now; whether anybody hears it is nobody's concern. */
  signal = (name, data) => this.send(name, data).then(() => {}, () => {});

  setMode = (mode) => this.#wire.choose(mode);

  /** The network is back, or somebody looks at the page again: connect at once, the best way first. */
  reconnect = () => (this.#wire.isOpen ? this.#wire.say("wake") : this.#subscriptions.isEmpty || this.#wire.open());

  /** The network is gone. */
  disconnect = () => this.#wire.say("sleep");

  /** Leave the line to the other tabs; reconnect() comes back to where the page stands. */
  close = () => this.#wire.isOpen && (this.#wire.close(), this.#status.is("offline"));

  #unsubscribe(subscription) {
    this.#subscriptions.delete(subscription);
    this.#wire.say("unwant", { key: subscription.key });
    return subscription.cursor;
  }

  #lost() {
    this.#calls.abandon();
    this.#status.hear("lost");
  }

  #hear(message) {
    if (message.type !== "refused") return this.#subscriptions.accept(message);
    const told = Object.assign(new Event("refused"), { stream: message.stream });
    return this.#subscriptions.refused(message.stream) && this.dispatchEvent(told);
  }
}
