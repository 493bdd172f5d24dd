import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Feed } from "../../realtime/static/realtime/feed.js";

let opened; // every transport that was opened, in order

function transport(rung) {
  return class {
    constructor(hooks) {
      Object.assign(this, { rung, hooks, isOpen: false, renewed: [] });
    }
    open() {
      this.isOpen = true;
      opened.push(this);
    }
    close() {
      this.isOpen = false;
    }
    renew(want) {
      this.renewed.push(want);
    }
  };
}

const transports = { websocket: transport("websocket"), sse: transport("sse"), poll: transport("poll") };
const rungs = () => opened.map(({ rung }) => rung);
const last = () => opened.at(-1);

function newFeed(mode) {
  const feed = new Feed({ mode, transports });
  const statuses = [];
  feed.addEventListener("status", () => statuses.push(feed.status));
  return { feed, statuses };
}

function failToPolling() {
  for (let i = 0; i < 6; i += 1) {
    last().hooks.lost("back_off");
    mock.timers.tick(20_000);
  }
  assert.equal(last().rung, "poll");
}

beforeEach(() => {
  opened = [];
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

test("the first subscription opens the WebSocket and says what is wanted", () => {
  const { feed, statuses } = newFeed("auto");

  feed.subscribe("bar.1", { topics: ["stock"], since: "e:5" });
  last().hooks.opened();

  assert.deepEqual(last().hooks.wants(), [{ stream: "bar.1", topics: ["stock"], since: "e:5" }]);
  assert.deepEqual([rungs(), statuses], [["websocket"], ["live"]]);
});

test("a failing WebSocket gives way to SSE, then to polling, each closed before the next", () => {
  const { feed, statuses } = newFeed("auto");
  feed.subscribe("bar.1", {});

  failToPolling();
  last().hooks.opened();

  assert.deepEqual(rungs(), ["websocket", "websocket", "websocket", "sse", "sse", "sse", "poll"]);
  assert.deepEqual([feed.status, statuses.at(-1)], ["polling", "polling"]);
});

test("polling goes on while the rung above is tried each minute, and ends when it works", () => {
  const { feed } = newFeed("auto");
  feed.subscribe("bar.1", {});
  failToPolling();
  last().hooks.opened();
  mock.timers.tick(1_000); // the first look up, because we came from offline
  const polling = opened.find(({ rung }) => rung === "poll");

  last().hooks.lost("back_off");
  assert.deepEqual([polling.isOpen, feed.status], [true, "polling"]);
  mock.timers.tick(60_000);
  last().hooks.opened();
  last().hooks.opened();

  assert.deepEqual([polling.isOpen, last().rung, feed.status], [false, "sse", "live"]);
});

test("a drained server is met again at once, without a step down", () => {
  const { feed, statuses } = newFeed("auto");
  feed.subscribe("bar.1", {});
  last().hooks.opened();

  for (let i = 0; i < 5; i += 1) {
    last().hooks.lost("at_once");
    mock.timers.tick(1_000);
  }
  last().hooks.opened();

  assert.deepEqual(new Set(rungs()), new Set(["websocket"]));
  assert.equal(statuses.at(-1), "live");
});

test("a blink is not shown; a longer silence is catching up, then offline", () => {
  const { feed, statuses } = newFeed("poll");
  feed.subscribe("bar.1", {});
  last().hooks.opened();

  last().hooks.lost("back_off", 60_000);
  mock.timers.tick(999);
  assert.deepEqual(statuses, ["polling"]);
  mock.timers.tick(9_001);

  assert.deepEqual(statuses, ["polling", "catching_up", "offline"]);
});

test("the end of the session is said once, and nothing is tried again", () => {
  const { feed } = newFeed("auto");
  const said = mock.fn();
  feed.addEventListener("signed_out", said);
  feed.subscribe("bar.1", {});

  last().hooks.lost("sign_in");
  mock.timers.tick(60_000);

  assert.deepEqual([said.mock.callCount(), opened.length, feed.status], [1, 1, "offline"]);
});

test("choosing a mode changes the transport and keeps the cursor", async () => {
  const { feed } = newFeed("auto");
  const seen = [];
  feed.subscribe("bar.1", { since: "e:5", patch: (event) => seen.push(event) });
  last().hooks.opened();
  last().hooks.accept({ type: "frame", stream: "bar.1", epoch: "e", seq: 6, prev: 5, events: [{ type: "x", data: 1 }] });

  feed.setMode("sse");

  assert.deepEqual([rungs(), opened[0].isOpen], [["websocket", "sse"], false]);
  assert.deepEqual([last().hooks.wants()[0].since, seen.length], ["e:6", 1]);
});

test("a gap asks again for that stream only", async () => {
  const { feed } = newFeed("auto");
  feed.subscribe("bar.1", { since: "e:5" });
  feed.subscribe("bar.2", { since: "e:9" });
  last().renewed = []; // the second stream was asked for on the open line

  last().hooks.accept({ type: "frame", stream: "bar.1", epoch: "e", seq: 9, prev: 8, events: [] });
  last().hooks.accept({ type: "beat", heads: { "bar.1": "e:5", "bar.2": "e:9" } });
  await new Promise(setImmediate);

  assert.deepEqual(last().renewed, [{ stream: "bar.1", topics: undefined, since: "e:5" }]);
});

test("an ended subscription is not asked for any more", () => {
  const { feed } = newFeed("auto");
  const first = feed.subscribe("bar.1", {});
  feed.subscribe("bar.2", {});

  first.unsubscribe();

  assert.deepEqual(last().hooks.wants().map(({ stream }) => stream), ["bar.2"]);
});
