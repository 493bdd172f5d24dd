// A model of the server: a log of two types of events, and connections that die, repeat, reorder and lose.

export const TYPES = { stock: "stock.changed", sales: "sale.changed" };

/** Random numbers from a seed (mulberry32). */
export function chance(seed) {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { random, below: (n) => Math.floor(random() * n), is: (p) => random() < p };
}

export class Server {
  epoch = 1;
  log = []; // {seq, topic}
  kept = 0; // events up to this number are trimmed
  connections = new Set();

  get head() {
    return this.log.length;
  }

  commit(topic) {
    this.log.push({ seq: this.head + 1, topic });
    this.connections.forEach((connection) => connection.live(this.log.at(-1)));
  }

  /** What a page that reads the list now gets. */
  snapshot(topics) {
    const seen = topics.map((topic) => [TYPES[topic], this.log.filter((event) => event.topic === topic).map(({ seq }) => seq)]);
    return { cursor: `e${this.epoch}:${this.head}`, state: Object.fromEntries(seen) };
  }

  /** A restore: another life of the log, with some of its end missing. */
  restore(lost) {
    this.log.length = Math.max(0, this.head - lost);
    this.kept = Math.min(this.kept, this.head);
    this.epoch += 1;
    [...this.connections].forEach((connection) => connection.die());
  }
}

/** One connection. `isOrdered` false: it loses, repeats and reorders what is live, as if the hub had. */
export class Connection {
  queue = [];
  topics = null;
  prev = 0;

  constructor(server, dice, { hear, die, isOrdered }) {
    Object.assign(this, { server, dice, hear, dieHook: die, isOrdered });
    server.connections.add(this);
  }

  follow({ topics, since }) {
    const { server } = this;
    const [epoch, seq] = since ? [since.split(":")[0], Number(since.split(":")[1])] : [];
    const isKnown = epoch === `e${server.epoch}` && seq <= server.head && seq >= server.kept;
    const result = !since ? "live" : isKnown ? "resumed" : "reset";
    this.topics = topics;
    this.prev = result === "resumed" ? seq : server.head;
    const answer = { stream: "s", epoch: `e${server.epoch}`, seq: server.head, result };
    const missed = result === "resumed" ? server.log.slice(seq).map((event) => this.frame(event)).filter(Boolean) : [];
    return { answer, missed };
  }

  frame({ seq, topic }) {
    if (!this.topics?.includes(topic)) return null;
    const { prev } = this;
    this.prev = seq;
    return { type: "frame", stream: "s", epoch: `e${this.server.epoch}`, seq, prev, events: [{ type: TYPES[topic], data: seq }] };
  }

  live(event) {
    const frame = this.frame(event);
    if (!frame) return;
    const { dice, queue } = this;
    if (this.isOrdered || !this.server.isFaulty) return void this.put(frame);
    if (dice.is(0.1)) return;
    this.put(frame);
    if (dice.is(0.1)) this.put(frame);
    const n = queue.length;
    if (n > 1 && dice.is(0.15) && queue[n - 2].type === "frame" && queue[n - 2].isLive) [queue[n - 2], queue[n - 1]] = [queue[n - 1], queue[n - 2]];
  }

  put(message) {
    this.queue.push({ ...message, isLive: true });
  }

  deliver(count) {
    for (let i = 0; i < count && this.queue.length && this.server.connections.has(this); i += 1) this.hear(this.queue.shift());
  }

  close() {
    this.server.connections.delete(this);
  }

  die() {
    this.close();
    this.dieHook();
  }
}

/** Transports onto a model server: the WebSocket's way of asking, and the HTTP twins'. */
export function modelTransports(server, dice) {
  class Model {
    constructor(hooks) {
      this.hooks = hooks;
    }
    connect(isOrdered) {
      const hear = (message) => this.hear(message);
      this.connection = new Connection(server, dice, { hear, die: () => this.hooks.lost("at_once"), isOrdered });
    }
    close() {
      this.connection.close();
    }
  }
  class Socket extends Model {
    id = 0;
    open() {
      this.connect(false);
      const [want] = this.hooks.wants();
      const { answer, missed } = this.connection.follow(want ?? {});
      this.connection.queue.push({ type: "welcome", subs: want ? [answer] : [] }, ...missed);
    }
    renew([want]) {
      const { answer, missed } = this.connection.follow(want);
      this.connection.queue.push({ type: "subscribed", id: (this.id += 1), ...answer }, ...missed);
    }
    drop() {
      this.connection.topics = null;
    }
    hear(message) {
      if (message.type === "welcome") this.hooks.opened();
      if (message.type === "welcome" && this.id) return;
      if (message.type !== "subscribed" || message.id === this.id) this.hooks.accept(message);
    }
  }
  class Twin extends Model {
    open() {
      this.connect(true);
      const [want] = this.hooks.wants();
      if (!want) return;
      this.hooks.accept({ type: "joined", stream: "s", result: "taken" });
      const { answer, missed } = this.connection.follow(want);
      const { epoch, seq } = answer;
      if (answer.result === "reset") this.connection.queue.push({ type: "reset", stream: "s", epoch, seq });
      this.connection.queue.push(...missed);
      this.hooks.opened();
    }
    renew() {
      this.close();
      this.open();
    }
    hear(message) {
      this.hooks.accept(message);
      const isDrained = this.connection.queue.length === 0;
      const cursor = isDrained ? `e${server.epoch}:${server.head}` : message.seq ? `${message.epoch}:${message.seq}` : "";
      if (cursor && server.connections.has(this.connection)) this.hooks.accept({ type: "at", stream: "s", cursor });
    }
  }
  return { websocket: Socket, sse: Twin, poll: Twin };
}
