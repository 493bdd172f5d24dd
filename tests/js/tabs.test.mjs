import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { meetingOf } from "../../realtime/static/realtime/meeting.js";
import { Browser, fakeTransports, settled } from "./world.mjs";

let fake, browser;
const stock = (seq, prev = seq - 1) => ({ type: "frame", stream: "bar.1", epoch: "e", seq, prev, events: [{ type: "x", data: seq }] });
const joined = (seq, result = "resumed") => ({ type: "welcome", subs: [{ stream: "bar.1", epoch: "e", seq, result }] });
const line = () => fake.live()[0];

function openTab(since, options = {}) {
  const tab = browser.tab();
  const seen = [];
  tab.feed.subscribe("bar.1", { since, topics: ["stock"], patch: ({ data }) => void seen.push(data), ...options });
  return { ...tab, seen };
}

async function pass(ms) {
  await settled();
  mock.timers.tick(ms);
  await settled();
}

async function twoTabs() {
  const first = openTab("e:5");
  await pass(0);
  const second = openTab("e:7");
  await pass(20);
  line().hooks.opened();
  line().hooks.accept(joined(7));
  await settled();
  return [first, second];
}

beforeEach(() => {
  fake = fakeTransports();
  browser = new Browser(fake.transports);
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
});

test("two tabs have one line, since the older cursor, and each takes what it hasn't got", async () => {
  const [first, second] = await twoTabs();

  [6, 7, 8].forEach((seq) => line().hooks.accept(stock(seq)));
  await settled();

  assert.equal(fake.opened.length, 1);
  assert.deepEqual(line().hooks.wants(), [{ stream: "bar.1", topics: ["stock"], since: "e:8" }]);
  assert.deepEqual([first.seen, second.seen, second.feed.status], [[6, 7, 8], [8], "live"]);
});

test("a tab that joins later with an older cursor is served from there, the others drop what they have", async () => {
  const [first] = await twoTabs();
  [6, 7, 8].forEach((seq) => line().hooks.accept(stock(seq)));
  const late = openTab("e:6");
  line().hooks.accept(stock(9)); // sent for the question before
  await pass(20);

  assert.deepEqual(line().renewed, [{ stream: "bar.1", topics: ["stock"], since: "e:6" }]);
  line().hooks.accept({ type: "subscribed", stream: "bar.1", epoch: "e", seq: 9, result: "resumed" });
  [stock(7, 6), stock(8), stock(9), stock(10)].forEach((frame) => line().hooks.accept(frame));
  await settled();

  assert.deepEqual([first.seen, late.seen], [[6, 7, 8, 9, 10], [7, 8, 9, 10]]);
});

test("an answer to the question before doesn't count for a tab that has asked since", async () => {
  await twoTabs();
  const late = openTab("e:2");
  await settled();

  line().hooks.accept({ type: "subscribed", stream: "bar.1", epoch: "e", seq: 9, result: "resumed" });
  line().hooks.accept(stock(10, 9));
  await settled();

  assert.deepEqual(late.seen, []);
});

for (const [how, end] of Object.entries({ closed: ({ feed }) => feed.close(), crashed: ({ crash }) => crash() })) {
  test(`the tab that leads is ${how}: the next takes over at once, since the cursors that the pages have`, async () => {
    const [first, second] = await twoTabs();
    line().hooks.accept(stock(6));
    line().hooks.accept(stock(7));
    line().hooks.accept(stock(8));
    await settled();

    end(first);
    await pass(20);

    assert.equal(fake.live().length, 1);
    assert.deepEqual(line().hooks.wants(), [{ stream: "bar.1", topics: ["stock"], since: "e:8" }]);
    line().hooks.opened();
    line().hooks.accept(joined(9));
    line().hooks.accept(stock(9));
    await settled();
    assert.deepEqual([second.seen, second.feed.status], [[8, 9], "live"]);
  });
}

test("a leader that sleeps behind other windows hands over to a tab that is looked at", async () => {
  const [first, second] = await twoTabs();
  const before = line();
  first.gaze.isHidden = first.gaze.isAsleep = true;

  await pass(3_000);
  await pass(3_000);
  await pass(3_000);
  await pass(20);

  assert.deepEqual([before.isOpen, fake.live().length], [false, 1]);
  line().hooks.opened();
  line().hooks.accept(joined(7));
  line().hooks.accept(stock(8));
  await settled();
  assert.deepEqual(second.seen, [8]);
  second.feed.close(); // and the first may lead again
  await pass(20);
  assert.equal(fake.live().length, 1);
});

test("a leader that is frozen says nothing: a tab that is looked at takes its place, and what it says later is ignored", async () => {
  const [first, second] = await twoTabs();
  const frozen = line();
  first.crash.freeze();

  for (let i = 0; i < 3; i += 1) await pass(3_000);
  await pass(20);
  const now = fake.live().find((one) => one !== frozen);
  now.hooks.opened();
  now.hooks.accept(joined(7));
  await settled();
  frozen.hooks.accept(stock(9, 7)); // its socket was still open
  await settled();

  assert.deepEqual(second.seen, []);
});

test("tabs whose timers fire together don't take the lead from each other for ever", async () => {
  const [first] = await twoTabs();
  for (let more = 0; more < 3; more += 1) openTab("e:7");
  await pass(20);
  first.crash.freeze();

  const leaders = [];
  for (let i = 0; i < 20; i += 1) {
    await pass(3_000);
    leaders.push(browser.locks.holder);
  }

  assert.equal(new Set(leaders.slice(5)).size, 1);
  assert.notEqual(leaders.at(-1), leaders[0]); // the frozen one's place was taken
});

test("hidden tabs don't fight over the line", async () => {
  const [first, second] = await twoTabs();
  [first, second].forEach(({ gaze }) => (gaze.isHidden = gaze.isAsleep = true));

  for (let i = 0; i < 10; i += 1) await pass(3_000);

  assert.equal(fake.opened.length, 1);
});

test("the end of the session is told to all tabs", async () => {
  const tabs = await twoTabs();
  const said = tabs.map(({ feed }) => {
    const hear = mock.fn();
    feed.addEventListener("signed_out", hear);
    return hear;
  });

  line().hooks.lost("sign_in");
  await settled();

  assert.deepEqual(said.map((hear) => hear.mock.callCount()), [1, 1]);
  assert.deepEqual(tabs.map(({ feed }) => feed.status), ["offline", "offline"]);
});

test("a tab in another epoch reads afresh, instead of dragging the others back", async () => {
  const reset = mock.fn(() => Promise.resolve("f:3"));
  openTab("e:5", { reset });
  await pass(20);

  openTab("f:2");
  await pass(0);
  await pass(20);

  assert.equal(reset.mock.callCount(), 1);
  assert.equal(line().hooks.wants()[0].since, "f:2");
});

test("topics that some name and others leave to the server are asked for together", async () => {
  openTab("e:5", { topics: undefined });
  openTab(undefined, { topics: ["figures"] });
  await pass(20);

  assert.deepEqual(line().hooks.wants()[0].topics, ["*", "figures"]);
});

test("what a tab sends goes over the line of the leader, and its answer comes back to it alone", async () => {
  const [, second] = await twoTabs();
  line().send = (action, data) => Promise.resolve({ action, data });

  const answer = await Promise.race([second.feed.send("message.send", { text: "hi" }), settled().then(settled)]);

  assert.deepEqual(answer, { action: "message.send", data: { text: "hi" } });
});

test("what is refused rejects with the problem; offline it isn't queued; without an answer nobody knows", async () => {
  const [first, second] = await twoTabs();
  line().send = () => Promise.reject(Object.assign(new Error(), { code: "not_found", status: 404 }));
  await assert.rejects(second.feed.send("message.send", {}), { code: "not_found", status: 404 });

  line().send = () => new Promise(() => {});
  const unanswered = assert.rejects(second.feed.send("message.send", {}), { code: "no_answer" });
  await settled();
  first.feed.close(); // the leader
  await unanswered;

  await pass(10_000);
  await assert.rejects(second.feed.send("message.send", {}), { code: "offline" });
  await second.feed.signal("typing", {}); // nobody's concern
});

test("the network is back: every tab says so, and the line is opened once; gone and back again at once, once more", async () => {
  const tabs = await twoTabs();
  const flap = async () => {
    tabs.forEach(({ feed }) => feed.disconnect());
    await settled();
    assert.deepEqual([fake.live().length, tabs[1].feed.status], [0, "offline"]);
    tabs.forEach(({ feed }) => feed.reconnect());
    await settled();
  };

  await flap();
  await flap();

  assert.deepEqual([fake.live().length, fake.opened.length], [1, 3]);
});

test("nobody's line is shared with another login, or where the browser can't", () => {
  const able = { navigator: { locks: {} }, BroadcastChannel: class { constructor(name) { this.name = name; } } };
  const names = ["7", "8"].map((user) => meetingOf(user, able).port().name);

  assert.equal(new Set(names).size, 2);
  for (const [user, host] of [["", able], ["7", { ...able, BroadcastChannel: undefined }], ["7", { ...able, navigator: {} }]]) {
    const [one, other] = [meetingOf(user, host), meetingOf(user, host)];
    other.port().onmessage = () => assert.fail("another page hears it");
    one.port().postMessage({});
  }
});
