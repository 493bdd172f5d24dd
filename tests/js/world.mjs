// A browser for tests: tabs that meet on one bus, locks that can be stolen, and transports that the test speaks through.
import { Bus } from "../../realtime/static/realtime/meeting.js";
import { Feed } from "../../realtime/static/realtime/feed.js";

export const settled = () => new Promise(setImmediate);

/** The part of navigator.locks that an election uses. */
export class Locks {
  holder = null;
  queue = [];

  request(_name, { signal, steal }, work) {
    return new Promise((resolve, reject) => {
      const one = { work, resolve, reject };
      signal?.addEventListener("abort", () => {
        if (this.holder === one) return;
        this.queue = this.queue.filter((other) => other !== one);
        reject(signal.reason);
      });
      if (steal) {
        const robbed = this.holder;
        this.holder = null;
        robbed?.reject(new DOMException("stolen", "AbortError"));
        this.queue.unshift(one);
      } else this.queue.push(one);
      queueMicrotask(() => this.#next());
    });
  }

  async #next() {
    if (this.holder || !this.queue.length) return;
    const one = (this.holder = this.queue.shift());
    try {
      one.resolve(await one.work());
    } catch (error) {
      one.reject(error);
    }
    if (this.holder === one) this.holder = null;
    this.#next();
  }
}

/** Transports that do nothing but remember; `opened` has each that was opened, in order. */
export function fakeTransports() {
  const opened = [];
  const transport = (rung) =>
    class {
      constructor(hooks) {
        Object.assign(this, { rung, hooks, isOpen: false, renewed: [], dropped: [] });
      }
      open() {
        this.isOpen = true;
        opened.push(this);
      }
      close() {
        this.isOpen = false;
      }
      renew(wants) {
        this.renewed.push(...wants);
      }
      drop(stream) {
        this.dropped.push(stream);
      }
    };
  const transports = Object.fromEntries(["websocket", "sse", "poll"].map((rung) => [rung, transport(rung)]));
  return { transports, opened, last: () => opened.at(-1), live: () => opened.filter(({ isOpen }) => isOpen) };
}

export class Browser {
  bus = new Bus();
  locks = new Locks();

  constructor(transports) {
    this.transports = transports;
  }

  /** A feed of a new tab; `gaze` says whether somebody looks at it. crash() is the browser killing it. */
  tab(options = {}) {
    const gaze = { isHidden: false, isAsleep: false, glance() {}, conditions: () => ({}) };
    const [ports, own, locks] = [[], [], new TabLocks(this.locks)];
    const port = () => ports[ports.push(this.bus.port()) - 1];
    const transports = Object.fromEntries(Object.entries(this.transports).map(([rung, Transport]) => [rung, remembered(Transport, own)]));
    const meeting = { name: "test", locks, port };
    const feed = new Feed({ transports, meeting, gaze, url: "", user: "7", ...options });
    const crash = () => {
      ports.forEach((one) => (one.close(), Object.assign(one, { postMessage() {}, onmessage: null })));
      own.forEach((transport) => (transport.close(), Object.assign(transport.hooks, { lost() {}, accept() {}, opened() {} }), (transport.open = () => {})));
      Object.defineProperty(own, "isDead", { value: true });
      locks.die();
    };
    crash.freeze = () => ports.forEach((one) => (one.onmessage = null)); // its lock and its socket stay
    return { feed, gaze, crash };
  }
}

/** What one tab asks of the locks; all of it ends with the tab. */
class TabLocks {
  #locks;
  #isDead = false;
  #mine = new Set();

  constructor(locks) {
    this.#locks = locks;
  }

  request(name, options, work) {
    return new Promise((resolve, reject) => {
      if (this.#isDead) return;
      const guarded = () => (this.#isDead ? undefined : Promise.race([work(), new Promise((end) => this.#mine.add(end))]));
      this.#locks.request(name, options, guarded).then(
        (value) => this.#isDead || resolve(value),
        (error) => this.#isDead || reject(error),
      );
    });
  }

  die() {
    this.#isDead = true;
    this.#mine.forEach((end) => end());
  }
}

/** A transport whose opened ones are kept, so that a crash can end them; a tab that has crashed opens none. */
function remembered(Transport, own) {
  return class extends Transport {
    open() {
      if (own.isDead) return;
      own.push(this);
      super.open();
    }
    close() {
      if (own.includes(this)) super.close();
    }
    renew(wants) {
      if (own.includes(this)) super.renew(wants);
    }
  };
}
