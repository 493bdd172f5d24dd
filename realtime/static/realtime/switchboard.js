import { Desk } from "./desk.js";
import { uuid } from "./identity.js";
import { Trunk } from "./trunk.js";

// In the tab that leads: hears all tabs of a login, and tells them what the server says.
export class Switchboard {
  #term = uuid(); // of this leader
  #port;
  #gaze;
  #desk = new Desk((words) => this.#say("message", words), (wants) => wants.length && this.#trunk.renew(wants));
  #trunk;

  /** `options` of Trunk, and `gaze`: whether somebody looks at this tab. */
  constructor(port, { gaze, ...options }) {
    this.#port = port;
    this.#gaze = gaze;
    const [accept, tell] = [(message) => this.#desk.accept(message), (state) => this.#say("line", { state })];
    this.#trunk = new Trunk(options, { wants: () => this.#desk.wants, accept, tell, conditions: gaze.conditions });
    port.onmessage = ({ data }) => data.tab && this.#heard[data.type](data);
    this.#say("leading");
  }

  close() {
    this.#desk.close();
    this.#trunk.close();
    this.#say("ended");
    this.#port.close();
  }

  #heard = {
    join: ({ tab, wants }) => {
      this.#desk.leave(tab);
      wants.forEach((want) => this.#desk.ask(tab, want));
      this.#say("welcome", { to: tab, state: this.#trunk.state });
    },
    want: ({ tab, want }) => this.#desk.ask(tab, want),
    unwant: ({ tab, key }) => this.#less(() => this.#desk.drop(tab, key)),
    leave: ({ tab }) => this.#less(() => this.#desk.leave(tab)),
    ping: ({ tab }) => this.#ping(tab),
    send: (asked) => this.#send(asked),
    mode: ({ mode }) => this.#trunk.choose(mode),
    wake: () => this.#desk.wants.length && this.#trunk.wake(),
    sleep: () => this.#trunk.sleep(),
  };

  #say(type, words) {
    this.#port.postMessage({ term: this.#term, type, ...words });
  }

  /** Who has slept for long doesn't answer, so that a tab that is looked at takes over. */
  #ping(tab) {
    this.#gaze.glance();
    if (!this.#gaze.isAsleep) this.#say("pong", { to: tab });
  }

  async #send({ tab, id, action, data }) {
    const answer = await this.#trunk.send(action, data).then((told) => ({ data: told }), ({ ...problem }) => ({ problem }));
    this.#say("answer", { to: tab, id, ...answer });
  }

  #less(forget) {
    const before = this.#desk.wants.map(({ stream }) => stream);
    forget();
    const after = this.#desk.wants.map(({ stream }) => stream);
    if (!after.length) this.#trunk.close();
    else before.filter((stream) => !after.includes(stream)).forEach((stream) => this.#trunk.drop(stream));
  }
}
