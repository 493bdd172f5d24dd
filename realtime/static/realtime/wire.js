import { Election } from "./election.js";
import { uuid } from "./identity.js";
import { Pulse } from "./pulse.js";

// From this tab to the one that leads, which may be this one too; nothing tells the difference.
export class Wire {
  #tab = uuid();
  #meeting;
  #hooks;
  #election;
  #pulse;
  #port = null;
  #mode; // what the tabs have chosen
  #term; // of the leader that serves this tab

  /** Hooks: mode, lead(port, mode) → switchboard, wants(), lost(), line(state), message(message), answer(answer), isHidden(). */
  constructor(meeting, hooks) {
    [this.#meeting, this.#hooks, this.#mode] = [meeting, hooks, hooks.mode];
    let switchboard;
    const lead = () => (switchboard = hooks.lead(meeting.port(), this.#mode));
    const election = (this.#election = new Election(meeting.name, meeting.locks, { lead, resign: () => switchboard.close() }));
    const isWatching = () => !election.isWon && !hooks.isHidden();
    this.#pulse = new Pulse({ isWatching, ping: () => this.say("ping"), missed: () => election.seize() });
  }

  get isOpen() {
    return this.#port !== null;
  }

  open() {
    this.#port = this.#meeting.port();
    this.#port.onmessage = ({ data }) => (data.term ? this.#hear(data) : (this.#mode = data.mode ?? this.#mode));
    this.#election.stand();
    this.#join();
    this.#pulse.start();
  }

  close() {
    this.#pulse.stop();
    this.say("leave");
    this.#election.withdraw();
    this.#port?.close();
    this.#port = this.#term = null;
  }

  say = (type, words) => this.#port?.postMessage({ tab: this.#tab, type, ...words });

  choose = (mode) => this.say("mode", { mode: (this.#mode = mode) });

  #join() {
    this.#term = null;
    this.#hooks.lost();
    this.say("join", { wants: this.#hooks.wants() });
  }

  #hear({ term, type, to = this.#tab, ...words }) {
    if (to !== this.#tab) return;
    if (type === "welcome") this.#term = term;
    if (type === "leading" || (type === "ended" && term === this.#term)) this.#join();
    if (term !== this.#term) return; // of a leader that is none any more
    // A new leader never heard the ping that the one before has not answered.
    if (type === "pong" || type === "welcome") this.#pulse.pong();
    if (type === "welcome" || type === "line") this.#hooks.line(words.state);
    if (type === "message") this.#hooks.message(words.message);
    if (type === "answer") this.#hooks.answer(words);
  }
}
