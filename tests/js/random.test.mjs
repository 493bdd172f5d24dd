// Tabs that come, go, crash and take over, on connections that die, repeat, reorder and lose: what each page shows is
// what the model of the server has, each event once and in order. RUNS=500 SEED=1 for more, or for one again.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Place } from "../../realtime/static/realtime/place.js";
import { chance, modelTransports, Server, TYPES } from "./model.mjs";
import { Browser, settled } from "./world.mjs";

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
const RUNS = Number(process.env.RUNS ?? 40);
const STEPS = 150;

class Page {
  constructor(browser, server, dice) {
    this.topics = [["stock"], ["sales"], ["stock", "sales"]][dice.below(3)];
    Object.assign(this, browser.tab(), { server, dice });
    const types = this.topics.map((topic) => TYPES[topic]);
    const { cursor, state } = server.snapshot(this.topics);
    this.state = state;
    const patch = Object.fromEntries(types.map((type) => [type, ({ data }) => void this.state[type].push(data)]));
    this.feed.subscribe("s", { since: cursor, topics: this.topics, patch, reset: () => this.#reset() });
  }

  async #reset() {
    const { cursor, state } = this.server.snapshot(this.topics);
    await new Promise((resolve) => setTimeout(resolve, this.dice.below(50)));
    this.state = state;
    return cursor;
  }

  /** What it shows too much (+) and too little (-), and what it shows out of order. */
  get difference() {
    return Object.entries(this.server.snapshot(this.topics).state).flatMap(([type, right]) => {
      const shown = this.state[type];
      const [more, less] = [shown.filter((seq, i) => !right.includes(seq) || shown.indexOf(seq) < i), right.filter((seq) => !shown.includes(seq))];
      if (String(shown) === String(right)) return [];
      return [`${type}: + ${more}; - ${less}; shown ${shown.slice(-9)}, ${this.feed.status} at ${this.feed.heads().s}`];
    });
  }
}

async function pass(ms) {
  mock.timers.tick(ms);
  await settled();
  await settled();
}

function act({ browser, server, dice, pages }) {
  const connections = [...server.connections];
  const connection = connections[dice.below(connections.length || 1)];
  const page = pages[dice.below(pages.length || 1)];
  const actions = [
    [40, () => server.commit(dice.is(0.5) ? "stock" : "sales")],
    [40, () => connection?.deliver(1 + dice.below(6))],
    [5, () => connection?.die()],
    [4, () => pages.length < 5 && pages.push(new Page(browser, server, dice))],
    [3, () => page && (page.feed.close(), pages.splice(pages.indexOf(page), 1))],
    [2, () => page && page.feed.setMode(["websocket", "sse", "poll"][dice.below(3)])],
    [2, () => page && (page.feed.close(), page.feed.reconnect())],
    [2, () => page && crash(page, pages)],
    [1, () => server.restore(dice.below(4))],
    [1, () => (server.kept = Math.max(0, server.head - dice.below(5)))],
    [2, () => connection?.put({ type: "beat", heads: { s: `e${server.epoch}:${server.head}` } })],
    [1, () => page?.feed.disconnect()],
    [3, () => page?.feed.reconnect()],
    [1, () => page && (page.gaze.isAsleep = !page.gaze.isAsleep)],
    [1, () => page && (page.gaze.isHidden = !page.gaze.isHidden)],
  ];
  let ball = dice.below(actions.reduce((sum, [weight]) => sum + weight, 0));
  actions.find(([weight]) => (ball -= weight) < 0)[1]();
}

/** The browser kills a tab: its code doesn't run any more; its lock and its connections are gone. */
function crash(page, pages) {
  page.crash();
  pages.splice(pages.indexOf(page), 1);
}

async function heal({ server, pages, dice }) {
  server.isFaulty = false;
  pages.forEach((page) => Object.assign(page.gaze, { isHidden: false, isAsleep: false }));
  for (let round = 0; round < 60; round += 1) {
    pages.forEach(({ feed }) => round % 10 === 0 && feed.reconnect());
    [...server.connections].forEach((connection) => {
      connection.put({ type: "beat", heads: { s: `e${server.epoch}:${server.head}` } });
      connection.deliver(1_000);
    });
    await pass(1_000 + dice.below(100));
    if (round === 30) server.commit("stock");
    if (round === 31) server.commit("sales");
  }
}

async function run(seed) {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const dice = chance(seed);
  const server = Object.assign(new Server(), { isFaulty: true });
  const browser = new Browser(modelTransports(server, dice));
  const world = { browser, server, dice, pages: [new Page(browser, server, dice)] };
  for (let step = 0; step < STEPS; step += 1) {
    act(world);
    await pass([0, 1, 25, 200, 1_500][dice.below(5)]);
  }
  await heal(world);
  const wrong = world.pages.flatMap((page) => page.difference);
  const lines = server.connections.size;
  world.pages.forEach(({ feed }) => feed.close());
  await settled();
  return { wrong, lines, pages: world.pages.length };
}

test("the control: pages that apply whatever comes show something else", async (context) => {
  const random = chance(7).random;
  context.mock.method(Math, "random", () => random());
  context.mock.method(Place.prototype, "hear", ({ type }) => type === "frame" && "apply");

  const wrong = [];
  for (let seed = 1; seed <= 6; seed += 1) wrong.push(...(await run(seed)).wrong);

  assert.notEqual(wrong.length, 0);
});

test(`any tabs on any line show what the server has (SEED=${SEED} RUNS=${RUNS})`, async (context) => {
  let random = chance(SEED).random;
  context.mock.method(Math, "random", () => random());
  for (let seed = SEED; seed < SEED + RUNS; seed += 1) {
    random = chance(seed + 1).random;
    const { wrong, lines, pages } = await run(seed);
    assert.deepEqual(wrong, [], `SEED=${seed}`);
    assert.ok(pages === 0 ? lines === 0 : lines <= 2, `SEED=${seed}: ${lines} lines for ${pages} tabs`);
  }
});
