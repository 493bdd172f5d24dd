import { Conversation } from "./conversation.js";
import { client, tab } from "./identity.js";
import { Socket } from "./socket.js";
import { closeVerdict, errorVerdict } from "./verdicts.js";

const MOST_IN_HELLO = 25; // a message has 4 KB at most

// The top of the ladder. Its hooks are Trunk's.
export class WebSocketTransport {
  #hooks;
  #socket;
  #isWelcome = false;
  #hint = 0; // ms that the server wants us to stay away
  #conversation = new Conversation((message) => this.#socket.say(message));

  constructor(hooks) {
    this.#hooks = hooks;
  }

  open() {
    const closed = (code) => this.#end(closeVerdict(code), this.#hint);
    const opened = () => this.#hello(this.#hooks.wants());
    this.#socket = new Socket(this.#hooks.url, { opened, heard: (message) => this.#hear(message), closed });
  }

  /** Ask again for streams, since their cursors; a socket that isn't open yet will say it in its hello. */
  renew = (wants) => this.#socket.isOpen && wants.forEach((want) => this.#conversation.ask(want));

  drop = (stream) => this.#socket.say({ type: "unsubscribe", stream });

  send = (action, data) => this.#conversation.send(action, data);

  close() {
    this.#conversation.end();
    this.#socket.close();
  }

  #hello(wants) {
    this.#socket.say({ type: "hello", client: client(), tab: tab(), subs: wants.slice(0, MOST_IN_HELLO) });
    this.renew(wants.slice(MOST_IN_HELLO));
  }

  #hear(message) {
    if (this.#conversation.takes(message)) return;
    if (message.type === "beat") this.#socket.say({ type: "pong" });
    if (message.type === "welcome") this.#welcome(message);
    else if (message.type === "error") this.#refused(message);
    else if (message.type === "drain") this.#hooks.drained(message.window);
    else this.#hooks.accept(message);
  }

  #welcome({ mode, interval, user, ping, subs }) {
    if (mode === "poll") return this.#end("poll", interval);
    if (user && this.#hooks.user && user !== this.#hooks.user) return this.#end("sign_in"); // another login in this browser
    this.#isWelcome = true;
    this.#socket.expectBeats(ping);
    this.#hooks.opened();
    return this.#hooks.accept({ type: "welcome", subs: subs.filter(({ stream }) => !this.#conversation.hasAsked(stream)) });
  }

  #refused({ code, stream, retry_after: seconds = 0 }) {
    this.#hint = seconds * 1_000;
    if (code === "not_found" && stream) this.#hooks.accept({ type: "refused", stream });
    if (code === "full" || !this.#isWelcome) this.#end(errorVerdict(code), this.#hint);
  }

  #end(why, hint) {
    this.close();
    this.#hooks.lost(why, hint);
  }
}
