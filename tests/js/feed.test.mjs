import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Browser, fakeTransports, settled } from "./world.mjs";

let fake; // transports
const last = () => fake.last();
const rungs = () => fake.opened.map(({ rung }) => rung);
const welcome = (...subs) => ({ type: "welcome", subs });
const sub = (stream, seq, result = "resumed") => ({ stream, epoch: "e", seq, result });
const frame = (stream, seq, prev = seq - 1) => ({ type: "frame", stream, epoch: "e", seq, prev, events: [{ type: "x", data: seq }] });

function newFeed(mode) {
  const { feed } = new Browser(fake.transports).tab({ mode });
  const statuses = [];
  feed.addEventListener("status", () => statuses.push(feed.status));
  return { feed, statuses };
}

async function follow(feed, stream, options = {}) {
  const seen = [];
  const { unsubscribe } = feed.subscribe(stream, { patch: ({ data }) => void seen.push(data), ...options });
  await gathered();
  return { seen, unsubscribe };
}

async function gathered() {
  await settled();
  mock.timers.tick(20);
  await settled();
}

async function loseAll(times) {
  for (let i = 0; i < times; i += 1) {
    last().hooks.lost("back_off");
    mock.timers.tick(20_000);
    await settled();
  }
}

beforeEach(() => {
  fake = fakeTransports();
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
});

test("the first subscription opens the WebSocket and says what is wanted", async () => {
  const { feed, statuses } = newFeed("auto");

  await follow(feed, "bar.1", { topics: ["stock"], since: "e:5" });
  last().hooks.opened();
  await settled();

  assert.deepEqual(last().hooks.wants(), [{ stream: "bar.1", topics: ["stock"], since: "e:5" }]);
  assert.deepEqual([rungs(), statuses], [["websocket"], ["live"]]);
});

test("a failing WebSocket gives way to SSE, then to polling, each closed before the next", async () => {
  const { feed, statuses } = newFeed("auto");
  await follow(feed, "bar.1");

  await loseAll(6);
  last().hooks.opened();
  await settled();

  assert.deepEqual(rungs(), ["websocket", "websocket", "websocket", "sse", "sse", "sse", "poll"]);
  assert.deepEqual([feed.status, statuses.at(-1), fake.live().length], ["polling", "polling", 1]);
});

test("a WebSocket that has worked is tried longer: ten attempts in all, then polling", async () => {
  const { feed } = newFeed("auto");
  await follow(feed, "bar.1");
  last().hooks.opened();

  await loseAll(10);

  assert.deepEqual(rungs().slice(1), [...Array(6).fill("websocket"), ...Array(3).fill("sse"), "poll"]);
});

test("polling goes on while the rung above is tried each minute, and ends when it works", async () => {
  const { feed } = newFeed("auto");
  await follow(feed, "bar.1");
  await loseAll(7);
  last().hooks.opened();
  mock.timers.tick(1_000); // the first look up, because we came from offline
  const polling = fake.opened.findLast(({ rung }) => rung === "poll");

  last().hooks.lost("back_off");
  await settled();
  assert.deepEqual([polling.isOpen, feed.status], [true, "polling"]);
  mock.timers.tick(60_000);
  last().hooks.opened();
  last().hooks.opened();
  await settled();

  assert.deepEqual([polling.isOpen, last().rung, feed.status], [false, "sse", "live"]);
});

test("a server that is full sends us to polling at its interval, with a look up each minute", async () => {
  const { feed } = newFeed("auto");
  await follow(feed, "bar.1");

  last().hooks.lost("poll", 15_000);
  const polling = last();
  polling.hooks.opened();
  mock.timers.tick(59_000);
  await settled();
  assert.deepEqual([polling.hooks.interval, rungs(), feed.status], [15_000, ["websocket", "poll"], "polling"]);
  mock.timers.tick(1_000);

  assert.deepEqual([rungs().at(-1), polling.isOpen], ["sse", true]);
});

test("a server that drains is left within its window, before it closes", async (context) => {
  context.mock.method(Math, "random", () => 0.5);
  const { feed } = newFeed("auto");
  await follow(feed, "bar.1");
  last().hooks.opened();
  const old = last();

  old.hooks.drained(10);
  mock.timers.tick(4_999);
  assert.equal(old.isOpen, true);
  mock.timers.tick(1);
  last().hooks.opened();
  await settled();

  assert.deepEqual([old.isOpen, rungs(), feed.status], [false, ["websocket", "websocket"], "live"]);
});

test("a drained server is met again at once, without a step down", async () => {
  const { feed, statuses } = newFeed("auto");
  await follow(feed, "bar.1");
  last().hooks.opened();

  for (let i = 0; i < 5; i += 1) {
    last().hooks.lost("at_once");
    mock.timers.tick(1_000);
  }
  last().hooks.opened();
  await settled();

  assert.deepEqual(new Set(rungs()), new Set(["websocket"]));
  assert.equal(statuses.at(-1), "live");
});

test("a blink is not shown; a longer silence is catching up, then offline", async () => {
  const { feed, statuses } = newFeed("poll");
  await follow(feed, "bar.1");
  last().hooks.opened();
  await settled();

  last().hooks.lost("back_off", 60_000);
  await settled();
  mock.timers.tick(999);
  assert.deepEqual(statuses, ["polling"]);
  mock.timers.tick(9_001);

  assert.deepEqual(statuses, ["polling", "catching_up", "offline"]);
});

test("the end of the session is said once, and nothing is tried again", async () => {
  const { feed } = newFeed("auto");
  const said = mock.fn();
  feed.addEventListener("signed_out", said);
  await follow(feed, "bar.1");

  last().hooks.lost("sign_in");
  await settled();
  mock.timers.tick(60_000);

  assert.deepEqual([said.mock.callCount(), fake.opened.length, feed.status], [1, 1, "offline"]);
});

test("choosing a mode changes the transport and keeps the cursor", async () => {
  const { feed } = newFeed("auto");
  const { seen } = await follow(feed, "bar.1", { since: "e:5" });
  last().hooks.opened();
  last().hooks.accept(welcome(sub("bar.1", 5)));
  last().hooks.accept(frame("bar.1", 6));

  feed.setMode("sse");
  await settled();

  assert.deepEqual([rungs(), fake.opened[0].isOpen], [["websocket", "sse"], false]);
  assert.deepEqual([last().hooks.wants()[0].since, seen], ["e:6", [6]]);
});

test("a gap asks again for that stream only", async () => {
  const { feed } = newFeed("auto");
  await follow(feed, "bar.1", { since: "e:5" });
  await follow(feed, "bar.2", { since: "e:9" });
  last().hooks.accept(welcome(sub("bar.1", 5), sub("bar.2", 9)));
  last().renewed = []; // the second stream was asked for on the open line

  last().hooks.accept(frame("bar.1", 9));
  last().hooks.accept({ type: "beat", heads: { "bar.1": "e:5", "bar.2": "e:9" } });
  await gathered();

  assert.deepEqual(last().renewed, [{ stream: "bar.1", topics: undefined, since: "e:5" }]);
});

test("an ended subscription is not asked for any more, and the last one ends the line", async () => {
  const { feed } = newFeed("auto");
  const first = await follow(feed, "bar.1", { since: "e:5" });
  const second = await follow(feed, "bar.2");

  assert.equal(first.unsubscribe(), "e:5");
  await settled();
  assert.deepEqual([last().hooks.wants().map(({ stream }) => stream), last().dropped], [["bar.2"], ["bar.1"]]);
  second.unsubscribe();
  await settled();

  assert.deepEqual(fake.live(), []);
});

test("two subscriptions to a stream are one for the server, with the topics of both since the older cursor", async () => {
  const { feed } = newFeed("auto");
  const board = [];
  const { seen } = await follow(feed, "bar.1", { topics: ["stock"], since: "e:5" });
  await follow(feed, "bar.1", { topics: ["figures"], since: "e:7", patch: {}, state: (value) => board.push(value) });

  assert.deepEqual(last().renewed, [{ stream: "bar.1", topics: ["figures", "stock"], since: "e:5" }]);
  last().hooks.accept({ type: "subscribed", ...sub("bar.1", 7) });
  [6, 7].forEach((seq) => last().hooks.accept(frame("bar.1", seq)));
  last().hooks.accept({ type: "state", stream: "bar.1", key: "figures", data: 3 });
  await settled();

  assert.deepEqual([seen, board, feed.heads()], [[6, 7], [3], { "bar.1": "e:7" }]);
});

test("a stream that nobody may follow is given up alone", async () => {
  const { feed } = newFeed("auto");
  const refused = [];
  feed.addEventListener("refused", ({ stream }) => refused.push(stream));
  await follow(feed, "bar.1");
  await follow(feed, "bar.2");

  last().hooks.accept({ type: "refused", stream: "bar.1" });
  await settled();

  assert.deepEqual([refused, last().hooks.wants().map(({ stream }) => stream)], [["bar.1"], ["bar.2"]]);
});

test("presence and signals reach who follows the stream", async () => {
  const { feed } = newFeed("auto");
  const heard = [];
  const hear = ({ joined, name }) => heard.push(joined ?? name);
  await follow(feed, "bar.1", { topics: ["stock", "presence"], presence: hear, signal: hear });
  await follow(feed, "bar.1", { topics: ["stock"], presence: hear });

  last().hooks.accept({ type: "presence", stream: "bar.1", joined: ["7"], left: [] });
  last().hooks.accept({ type: "signal", stream: "bar.1", name: "typing", data: {} });
  await settled();

  assert.deepEqual(heard, [["7"], "typing"]);
});
