import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Subscription } from "../../realtime/static/realtime/subscription.js";

const stock = (product, available) => ({ type: "stock.changed", data: { product, available } });
const frame = (seq, events, prev = seq - 1) => ({ type: "frame", stream: "bar.1", epoch: "e", seq, prev, events });

function follow(since, reset) {
  const seen = [];
  const states = [];
  const patch = (event) => seen.push(event.data);
  const state = (data) => states.push(data);
  const subscription = answered(new Subscription("bar.1", { since, topics: ["stock", "figures"], patch, state, reset }));
  return { subscription, seen, states };
}

/** As after the server's answer to its question. */
function answered(subscription, result = "taken") {
  const { question } = subscription.ask();
  subscription.accept({ type: "joined", question, result, epoch: "f", seq: 1 });
  return subscription;
}

test("frames are applied once and in order, and move the cursor", async () => {
  const { subscription, seen } = follow("e:5");

  const asksAgain = [];
  for (const seq of [6, 6, 7]) asksAgain.push(await subscription.accept(frame(seq, [stock("beer", seq)])));

  assert.deepEqual(asksAgain, [false, false, false]);
  assert.deepEqual(seen.map(({ available }) => available), [6, 7]);
  const { key, question, ...want } = subscription.ask();
  assert.deepEqual(want, { stream: "bar.1", topics: ["stock", "figures"], since: "e:7" });
});

test("a gap applies nothing and asks again since the cursor", async () => {
  const { subscription, seen } = follow("e:5");

  assert.equal(await subscription.accept(frame(8, [stock("beer", 8)])), true);
  assert.deepEqual([seen, subscription.cursor], [[], "e:5"]);
});

test("a reset fetches afresh, and what comes meanwhile is left for the replay", async () => {
  let answer;
  const { subscription, seen } = follow("e:5", () => new Promise((resolve) => (answer = resolve)));

  const asksAgain = subscription.accept({ type: "reset", epoch: "f", seq: 40 });
  await subscription.accept(frame(6, [stock("beer", 6)]));
  answer("f:41");

  assert.equal(await asksAgain, true);
  assert.deepEqual([seen, subscription.cursor], [[], "f:41"]);
});

test("a failed fetch after a reset is tried until it is answered", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const reset = mock.fn(() => Promise.resolve("f:2"));
  reset.mock.mockImplementationOnce(() => Promise.reject(new Error("no network")));
  const { subscription } = follow("e:5", reset);

  const asksAgain = subscription.accept({ type: "reset", epoch: "f", seq: 1 });
  await new Promise(setImmediate);
  context.mock.timers.tick(1_000);

  assert.equal(await asksAgain, true);
  assert.deepEqual([reset.mock.callCount(), subscription.cursor], [2, "f:2"]);
});

test("a subscription to states only needs no fetch: it stands where the server does", async () => {
  const { subscription, states } = follow();

  await subscription.accept({ type: "state", key: "figures", data: { sales: 3 } });
  const asksAgain = await subscription.accept({ type: "reset", epoch: "f", seq: 40 });

  assert.deepEqual([states, asksAgain, subscription.cursor], [[{ sales: 3 }], false, "f:40"]);
});

test("a bulk change names its topics only, so the page fetches afresh", async () => {
  const { subscription } = follow("e:5", () => Promise.resolve("e:6"));

  const asksAgain = await subscription.accept(frame(6, [{ type: "invalidate", data: { topics: ["stock"] } }]));

  assert.deepEqual([asksAgain, subscription.cursor], [true, "e:6"]);
});

test("an event that the page can't show makes it fetch afresh, after the rest of the frame", async () => {
  const seen = [];
  const patch = ({ data }) => seen.push(data.product) && data.product !== "new";
  const subscription = answered(new Subscription("bar.1", { since: "e:5", patch, reset: () => Promise.resolve("e:8") }));

  const asksAgain = await subscription.accept(frame(6, [stock("new", 1), stock("beer", 2)]));

  assert.deepEqual([asksAgain, seen, subscription.cursor], [true, ["new", "beer"], "e:8"]);
});

test("how far the server has sent moves a page on, past what it may not see, but never over a gap", async () => {
  const [fresh, old, behind] = [follow(), follow("e:5"), follow("e:5")].map(({ subscription }) => subscription);
  await behind.accept(frame(8, [stock("beer", 8)]));

  for (const subscription of [fresh, old, behind]) {
    await subscription.accept({ type: "at", cursor: "e:9" });
    await subscription.accept({ type: "at", cursor: "e:3" });
    await subscription.accept({ type: "at", cursor: "f:12" });
  }

  assert.deepEqual([fresh, old, behind].map(({ cursor }) => cursor), ["e:9", "e:9", "e:5"]);
});

test("an answer that says reset fetches afresh", async () => {
  const reset = mock.fn(() => Promise.resolve("f:2"));

  const { subscription } = follow("e:5", reset);
  const { question } = subscription.ask();
  const asksAgain = await subscription.accept({ type: "joined", question, result: "reset", epoch: "f", seq: 1 });

  assert.deepEqual([asksAgain, reset.mock.callCount(), subscription.cursor], [true, 1, "f:2"]);
});

test("a bulk change of topics that others have asked for is nothing to this page", async () => {
  const { subscription } = follow("e:5", () => Promise.reject(new Error("not to be called")));

  const asksAgain = await subscription.accept(frame(6, [{ type: "invalidate", data: { topics: ["sales"] } }]));

  assert.deepEqual([asksAgain, subscription.cursor], [false, "e:6"]);
});

test("a table of patches hears its types only, a state its topics only", async () => {
  const [seen, states] = [[], []];
  const patch = { "stock.changed": ({ data }) => void seen.push(data.available) };
  const state = (data) => states.push(data);
  const subscription = answered(new Subscription("bar.1", { since: "e:5", topics: ["stock"], patch, state }));

  await subscription.accept(frame(6, [stock("beer", 3), { type: "sale.created", data: {} }]));
  await subscription.accept({ type: "state", key: "figures", data: 1 });

  assert.deepEqual([seen, states, subscription.cursor], [[3], [], "e:6"]);
});
