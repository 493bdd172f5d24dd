// What the three transports make of what a server says, with the browser's own classes replaced.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { PollTransport } from "../../realtime/static/realtime/poll.js";
import { SseTransport } from "../../realtime/static/realtime/sse.js";
import { WebSocketTransport } from "../../realtime/static/realtime/websocket.js";

let said, wants, hooks, socket, source, fetched;

class FakeSocket {
  readyState = 0;
  sent = [];
  constructor(url, protocol) {
    Object.assign(this, { url, protocol });
    socket = this;
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close(code) {
    this.closed = code;
  }
  open() {
    this.readyState = 1;
    this.onopen();
  }
  says = (...messages) => messages.forEach((message) => this.onmessage?.({ data: JSON.stringify(message) }));
}

class FakeSource extends EventTarget {
  constructor(url) {
    super();
    source = Object.assign(this, { url });
  }
  close() {
    this.isClosed = true;
  }
  says = (type, message, lastEventId = "") => this.dispatchEvent(Object.assign(new Event(type), { data: JSON.stringify(message), lastEventId }));
}

const welcome = (more) => ({ type: "welcome", mode: "live", user: "7", ping: 25, subs: [], ...more });
const storage = { getItem: () => "id", setItem() {} };

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  Object.assign(globalThis, { WebSocket: FakeSocket, EventSource: FakeSource, localStorage: storage, sessionStorage: storage });
  said = [];
  wants = [{ stream: "bar.1", topics: ["stock"], since: "e:5" }, { stream: "user.2", topics: ["stock"] }];
  const tell = (name) => (...words) => said.push([name, ...words]);
  hooks = { url: "http://bar", user: "7", interval: 0, wants: () => wants, conditions: () => ({}), accept: tell("accept"), opened: tell("opened"), lost: tell("lost"), drained: tell("drained") };
});

function openSocket(...messages) {
  const transport = new WebSocketTransport(hooks);
  transport.open();
  socket.open();
  socket.says(...messages);
  return transport;
}

const PRE_WELCOME = [
  [{ type: "error", code: "sign_in" }, ["lost", "sign_in", 0]],
  [{ type: "error", code: "busy", retry_after: 2 }, ["lost", "back_off", 2_000]],
  [{ type: "error", code: "drain" }, ["lost", "at_once", 0]],
  [{ type: "error", code: "not_found", stream: "bar.1" }, ["accept", { type: "refused", stream: "bar.1" }], ["lost", "at_once", 0]],
  [welcome({ mode: "poll", interval: 15_000 }), ["lost", "poll", 15_000]],
  [welcome({ user: "8" }), ["lost", "sign_in", undefined]],
  [welcome(), ["opened"], ["accept", { type: "welcome", subs: [] }]],
];
for (const [message, ...expected] of PRE_WELCOME) {
  test(`a hello answered by ${JSON.stringify(message)}`, () => {
    openSocket(message);

    assert.deepEqual(said, expected);
  });
}

test("a socket says hello with all wants, those too many for a message right after", () => {
  wants = Array.from({ length: 30 }, (_, i) => ({ stream: `bar.${i}` }));

  openSocket();

  assert.deepEqual([socket.url, socket.protocol], ["ws://bar/ws/", "bartender.v1.json"]);
  assert.deepEqual(socket.sent.map(({ type, subs }) => [type, subs?.length]), [["hello", 25], ...Array(5).fill(["subscribe", undefined])]);
});

test("only the answer to the last question about a stream is passed on", () => {
  const transport = openSocket(welcome());
  said = [];
  transport.renew([wants[0]]);
  transport.renew([wants[0]]);

  socket.says({ type: "subscribed", id: 1, stream: "bar.1" }, { type: "subscribed", id: 2, stream: "bar.1" });

  assert.deepEqual(said.map(([, { id }]) => id), [2]);
});

test("a beat is answered, a drain told, two missed beats are the end, and so is a code", () => {
  openSocket(welcome(), { type: "beat", heads: {} }, { type: "drain", window: 30 });
  assert.deepEqual(socket.sent.at(-1), { type: "pong" });
  assert.deepEqual(said.at(-1), ["drained", 30]);
  mock.timers.tick(55_000);
  assert.deepEqual(said.at(-1), ["lost", "back_off", 0]);

  openSocket(welcome(), { type: "error", code: "slow", retry_after: 3 });
  socket.onclose({ code: 4108 });
  assert.deepEqual(said.at(-1), ["lost", "back_off", 3_000]);
});

test("a socket that doesn't open in ten seconds is given up", () => {
  new WebSocketTransport(hooks).open();

  mock.timers.tick(10_000);

  assert.deepEqual([said, socket.closed], [[["lost", "back_off", 0]], 1000]);
});

test("what is sent is answered by its number, refused with its problem, or nobody knows", async () => {
  const transport = openSocket(welcome());
  const calls = ["a", "b", "c"].map((action) => transport.send(action, { n: 1 }));
  const [one, two] = socket.sent.slice(-3).map(({ id }) => id);

  socket.says({ type: "ack", id: one, data: { ok: 1 } }, { type: "error", id: two, code: "invalid", errors: [] });
  transport.close();

  assert.deepEqual(await calls[0], { ok: 1 });
  await assert.rejects(calls[1], { code: "invalid", errors: [] });
  await assert.rejects(calls[2], { code: "no_answer" });
});

test("a stream that turns out full on an open socket sends it to polling", () => {
  openSocket(welcome(), { type: "error", id: 1, code: "full", stream: "bar.1" });

  assert.deepEqual(said.at(-1), ["lost", "poll", 0]);
});

test("server-sent events: taken, opened after a moment, messages with where they leave us, and the code of the end", () => {
  new SseTransport(hooks).open();
  const at = (stream, cursor) => ["accept", { type: "at", stream, cursor }];
  assert.deepEqual(said.splice(0), ["bar.1", "user.2"].map((stream) => ["accept", { type: "joined", stream, result: "taken" }]));

  source.onopen();
  assert.deepEqual(said, []);
  mock.timers.tick(250);
  source.says("frame", { type: "frame", seq: 6 }, "e:6,e:2");
  assert.deepEqual(said.splice(0), [["opened"], ["accept", { type: "frame", seq: 6 }], at("bar.1", "e:6"), at("user.2", "e:2")]);
  source.onerror({ data: JSON.stringify({ code: "slow", retry_after: 4 }) });
  source.says("close", { code: 4108 });

  assert.deepEqual([said, source.isClosed], [[["lost", "back_off", 4_000]], true]);
});

test("a full bar opens the answer of server-sent events only to send us to polling", () => {
  new SseTransport(hooks).open();
  said = [];

  source.onopen();
  source.says("welcome", { mode: "poll", interval: 15_000 });
  mock.timers.tick(250);

  assert.deepEqual(said, [["lost", "poll", 15_000]]);
});

async function poll(answer) {
  fetched = [];
  globalThis.fetch = async (url) => (fetched.push(url), answer);
  const transport = new PollTransport(hooks);
  transport.open();
  await new Promise(setImmediate);
  said = said.filter(([, message]) => message?.type !== "joined");
  return transport;
}

const ok = (body) => ({ ok: true, json: async () => ({ cursor: "e:6,e:2", seen: ["t"], messages: [], interval: 5_000, ...body }) });
const no = (status, body = {}) => ({ ok: false, status, headers: new Headers({ "Retry-After": "7" }), json: async () => body });

test("a poll asks again after the interval of its answer, or of the server that has sent it here, or at a nudge", async () => {
  hooks.interval = 15_000;
  const transport = await poll(ok({ messages: [{ type: "frame", seq: 6 }] }));
  assert.deepEqual(said.map(([name, message]) => message?.type ?? name), ["opened", "frame", "at", "at"]);

  mock.timers.tick(14_999);
  assert.equal(fetched.length, 1);
  mock.timers.tick(1);
  await new Promise(setImmediate);
  assert.deepEqual([fetched.length, fetched[1].includes("seen=t")], [2, true]);
  transport.nudge();

  assert.equal(fetched.length, 3);
});

test("a hidden page that saves data polls only when somebody looks", async () => {
  hooks.conditions = () => ({ isHidden: true, connection: { saveData: true } });
  const transport = await poll(ok());

  mock.timers.tick(3_600_000);
  assert.equal(fetched.length, 1);
  transport.nudge();

  assert.equal(fetched.length, 2);
});

for (const [status, body, ...expected] of [
  [401, {}, ["lost", "sign_in", 7_000]],
  [403, {}, ["lost", "stop", 7_000]],
  [404, { code: "not_found", stream: "bar.1" }, ["accept", { type: "refused", stream: "bar.1" }], ["lost", "at_once", 7_000]],
  [404, {}, ["lost", "stop", 7_000]],
  [429, {}, ["lost", "back_off", 7_000]],
  [503, {}, ["lost", "back_off", 7_000]],
]) {
  test(`a poll answered by ${status} ${JSON.stringify(body)}`, async () => {
    await poll(no(status, body));

    assert.deepEqual(said, expected);
  });
}

test("topics that differ by stream are told apart in the address", async () => {
  wants = [{ stream: "bar.1", topics: ["stock", "figures"] }, { stream: "user.2", topics: ["account"], since: "e:2" }];

  await poll(ok());

  const asked = new URL(fetched[0]).searchParams;
  assert.deepEqual(["streams", "topics", "since"].map((name) => asked.get(name)), ["bar.1,user.2", "stock,figures;account", ",e:2"]);
});
