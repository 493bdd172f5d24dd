import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Following } from "../../realtime/static/realtime/following.js";
import { follow } from "../../realtime/static/realtime/index.js";
import { pace } from "../../realtime/static/realtime/pace.js";
import { Browser, fakeTransports, settled } from "./world.mjs";

let fake, feed;
const accept = (message) => fake.last().hooks.accept(message);
const frame = (seq, ...types) => ({ type: "frame", stream: "bar.1", epoch: "e", seq, prev: seq - 1, events: types.map((type) => ({ type, data: seq })) });

async function answered(seq, result) {
  await settled();
  mock.timers.tick(20);
  fake.last().hooks.opened();
  accept({ type: "welcome", subs: [{ stream: "bar.1", epoch: "e", seq, result }] });
  await settled();
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  fake = fakeTransports();
  ({ feed } = new Browser(fake.transports).tab());
});

test("events of the types asked for are kept, newest last, each told once and in order", async () => {
  const [heard, changes] = [[], mock.fn()];
  const following = follow({ feed, stream: "bar.1", events: ["sale.created"], onEvent: ({ data }) => heard.push(data) });
  following.addEventListener("change", changes);
  await answered(5, "live");

  [frame(6, "sale.created"), frame(6, "sale.created"), frame(7, "stock.changed"), frame(8, "sale.created")].forEach(accept);
  await settled();

  assert.deepEqual([heard, following.events.map(({ data }) => data), following.isConnected], [[6, 8], [6, 8], true]);
  assert.equal(changes.mock.callCount(), 3); // live, and two events
});

test("as many events are kept as was asked for, in a new array each time", async () => {
  const following = new Following(feed, { stream: "bar.1", most: 2 });
  await answered(5, "live");
  const before = following.events;

  [6, 7, 8].forEach((seq) => accept(frame(seq, "x")));
  await settled();

  assert.deepEqual([before, following.events.map(({ data }) => data)], [[], [7, 8]]);
  following.clearEvents();
  assert.deepEqual(following.events, []);
});

test("after disconnect nothing is heard, and reconnect goes on from the same event", async () => {
  const following = new Following(feed, { stream: "bar.1" });
  await answered(5, "live");
  accept(frame(6, "x"));
  await settled();

  following.disconnect();
  await settled();
  assert.deepEqual([following.isConnected, fake.live().length], [false, 0]);
  following.reconnect();
  await settled();
  mock.timers.tick(20);

  assert.equal(fake.last().hooks.wants()[0].since, "e:6");
});

test("where events can't be had any more, a reset is told in their place", async () => {
  const following = new Following(feed, { stream: "bar.1", since: "e:5", events: ["x"] });
  await answered(9, "reset");

  accept(frame(10, "x"));
  await settled();

  assert.deepEqual(following.events.map(({ type }) => type), ["reset", "x"]);
});

test("a page polls slower on a bad network or hidden, and saving data not at all unless looked at", () => {
  const wait = (interval, conditions) => pace(interval, conditions);
  const [bad, saving] = [{ effectiveType: "slow-2g" }, { saveData: true, effectiveType: "4g" }];

  assert.deepEqual([wait(500), wait(15_000, {}), wait(500, { connection: { effectiveType: "4g" } })], [500, 15_000, 500]);
  assert.deepEqual([wait(500, { connection: bad }), wait(15_000, { connection: bad })], [15_000, 45_000]);
  assert.deepEqual([wait(500, { isHidden: true }), wait(500, { isHidden: true, connection: bad })], [20_000, 60_000]);
  assert.deepEqual([wait(500, { connection: saving }), wait(500, { isHidden: true, connection: saving })], [15_000, Infinity]);
});
