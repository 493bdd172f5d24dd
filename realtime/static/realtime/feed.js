import { Line } from "./line.js";
import { PollTransport } from "./poll.js";
import { SseTransport } from "./sse.js";
import { Subscriptions } from "./subscriptions.js";
import { WebSocketTransport } from "./websocket.js";

const TRANSPORTS = { websocket: WebSocketTransport, sse: SseTransport, poll: PollTransport };

// What a page uses: streams in; events and states out, over whatever transport works.
export class Feed extends EventTarget {
  #subscriptions = new Subscriptions((want) => this.#line.transport?.renew(want));
  #line;

  /** `mode` is the best transport to use: auto (websocket), websocket, sse or poll. */
  constructor({ mode = "auto", transports = TRANSPORTS } = {}) {
    super();
    this.#line = new Line(mode, (rung, hooks) => this.#start(transports[rung], hooks));
    const relay = ({ type }) => this.dispatchEvent(new Event(type));
    ["status", "signed_out"].forEach((type) => this.#line.status.addEventListener(type, relay));
  }

  /** live, catching_up, polling or offline. A change is a "status" event; the end of the session is "signed_out". */
  get status() {
    return this.#line.status.value;
  }

  /** Follow a stream since a cursor; Subscription names the options. */
  subscribe(stream, options) {
    const { want } = this.#subscriptions.add(stream, options);
    this.#line.transport ? this.#line.transport.renew(want) : this.#line.open();
    return { unsubscribe: () => this.#unsubscribe(stream) };
  }

  setMode(mode) {
    this.#line.startAt(mode);
  }

  /** Connect at once, the best way first: the network is back, or somebody looks at the page again. */
  reconnect() {
    if (!this.#subscriptions.isEmpty) this.#line.startAt();
  }

  disconnect() {
    this.#line.close();
    this.#line.status.is("offline");
  }

  #unsubscribe(stream) {
    this.#subscriptions.delete(stream);
    this.#line.close();
    this.reconnect();
  }

  #start(Transport, hooks) {
    const accept = (message) => this.#subscriptions.accept(message);
    const transport = new Transport({ wants: () => this.#subscriptions.wants, accept, ...hooks });
    transport.open();
    return transport;
  }
}
