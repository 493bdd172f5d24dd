import { client, tab } from "./identity.js";
import { closeVerdict, errorVerdict } from "./verdicts.js";
import { Watchdog } from "./watchdog.js";

const PROTOCOL = "bartender.v1.json";
const CONNECT_MS = 10_000;
const CLOSED_BY_US = 1000;

// The top of the ladder. Hooks: wants() → [{stream, topics, since}], accept(message), opened(), lost(why, hint).
export class WebSocketTransport {
  #hooks;
  #socket = null;
  #patience = CONNECT_MS; // until welcomed
  #asked = 0;
  #watchdog = new Watchdog(() => this.#end("back_off"));

  constructor(hooks) {
    this.#hooks = hooks;
  }

  open() {
    this.#socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/ws/`, PROTOCOL);
    this.#socket.onopen = () => this.#send({ type: "hello", client: client(), tab: tab(), subs: this.#hooks.wants() });
    this.#socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    this.#socket.onclose = ({ code }) => this.#end(closeVerdict(code));
    this.#watchdog.heard(CONNECT_MS);
  }

  /** Ask again for one stream, since its cursor; a socket that isn't open yet will say it in its hello. */
  renew(want) {
    if (this.#socket?.readyState === 1) this.#send({ type: "subscribe", id: (this.#asked += 1), ...want });
  }

  close() {
    this.#watchdog.stop();
    if (!this.#socket) return;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close(CLOSED_BY_US);
    this.#socket = null;
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #hear(message) {
    const { type, code, ping } = message;
    if (type === "error" && this.#patience === CONNECT_MS) return this.#end(errorVerdict(code));
    if (type === "welcome") this.#patience = (2 * ping + 5) * 1_000;
    this.#watchdog.heard(this.#patience);
    if (type === "beat") this.#send({ type: "pong" });
    if (type === "welcome") this.#hooks.opened();
    this.#hooks.accept(message);
  }

  #end(why) {
    this.close();
    this.#hooks.lost(why);
  }
}
