import { sendByHttp } from "./http_send.js";
import { Line } from "./line.js";

const ECHO_MS = 1_000; // every tab says that the network is back

// The one line of all tabs to the server, on whatever transport.
export class Trunk {
  state = "lost"; // of Line
  #hooks;
  #transports;
  #line;
  #tell;
  #wokenAt = -Infinity;

  /**
   * Every transport gets: url, user, wants() → [{stream, topics, since}], accept(message), conditions() of polling,
   * opened(), lost(why, hint), drained(seconds), and interval, the least time between polls in ms.
   */
  constructor({ mode, transports, url, user }, { tell, ...hooks }) {
    this.#transports = transports;
    this.#hooks = { url, user, interval: 0, drained: () => {}, ...hooks };
    this.#tell = (state) => tell((this.state = state));
    this.#line = new Line(mode, (rung, more) => this.#start(rung, more), this.#tell);
  }

  get isUp() {
    return this.state === "live" || this.state === "polling";
  }

  /** Ask for these again. A line that isn't open yet asks for everything when it is. */
  renew(wants) {
    if (this.#line.transport) this.#line.transport.renew(wants);
    else if (!this.#line.isOn) this.#line.open();
  }

  drop(stream) {
    this.#line.transport?.drop?.(stream);
  }

  choose(mode) {
    this.#line.choose(mode);
  }

  /** Promises the data of the answer, or rejects with a Refused. */
  send(action, data) {
    const transport = this.#line.transport;
    return transport?.send ? transport.send(action, data) : sendByHttp(this.#hooks.url, action, data);
  }

  /** The network is back, or somebody looks: connect at once, the best way first; or poll at once. */
  wake() {
    const isTold = Date.now() - this.#wokenAt < ECHO_MS;
    this.#wokenAt = Date.now();
    if (this.isUp) this.#line.transport?.nudge?.();
    else if (!isTold || !this.#line.isOn) this.#line.startAt();
  }

  sleep() {
    this.#line.close();
    this.#tell("offline");
  }

  close() {
    this.#line.close();
  }

  #start(rung, hooks) {
    const transport = new this.#transports[rung]({ ...this.#hooks, ...hooks });
    transport.open();
    return transport;
  }
}
