import { Watchdog } from "./watchdog.js";

const PROTOCOL = "bartender.v1.json";
const CONNECT_MS = 10_000;
const CLOSED_BY_US = 1000;

// One WebSocket that speaks JSON and doesn't wait for ever. Hooks: opened(), heard(message), closed(code); code 0: silence.
export class Socket {
  #socket;
  #patience = CONNECT_MS;
  #watchdog;

  constructor(url, { opened, heard, closed }) {
    const end = (code) => {
      this.close();
      closed(code);
    };
    this.#watchdog = new Watchdog(() => end(0));
    this.#socket = new WebSocket(`${url.replace(/^http/, "ws")}/ws/`, PROTOCOL);
    this.#socket.onopen = opened;
    this.#socket.onclose = ({ code }) => end(code);
    this.#socket.onmessage = ({ data }) => {
      this.#watchdog.heard(this.#patience);
      heard(JSON.parse(data));
    };
    this.#watchdog.heard(this.#patience);
  }

  /** The server beats every `seconds`: two missed are too many. */
  expectBeats(seconds) {
    this.#patience = (2 * seconds + 5) * 1_000;
    this.#watchdog.heard(this.#patience);
  }

  get isOpen() {
    return this.#socket.readyState === 1;
  }

  say(message) {
    if (this.isOpen) this.#socket.send(JSON.stringify(message));
  }

  close() {
    this.#watchdog.stop();
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close(CLOSED_BY_US);
  }
}
