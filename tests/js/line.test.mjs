import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Line } from "../../realtime/static/realtime/line.js";
import { Status } from "../../realtime/static/realtime/status.js";

// Every state of a line against every input: what it tells, the rung of the open transport, and the rung a minute later.
let opened, told;

function newLine(mode = "auto") {
  [opened, told] = [[], []];
  const start = (rung, hooks) => opened[opened.push({ rung, hooks, isOpen: true, close() { this.isOpen = false; } }) - 1];
  return new Line(mode, start, (state) => told.push(state));
}

const last = () => opened.at(-1).hooks;
const rungNow = () => opened.findLast(({ isOpen }) => isOpen)?.rung ?? "none";

const STATES = {
  idle: () => newLine(),
  connecting: () => open(newLine()),
  live: () => open(newLine(), () => last().opened()),
  waiting: () => open(newLine(), () => last().lost("back_off")),
  polling: () => open(newLine("poll"), () => last().opened()),
  "polling, sent there": () => open(newLine(), () => last().lost("poll", 15_000), () => last().opened()),
  stopped: () => open(newLine(), () => last().lost("stop")),
};
const INPUTS = {
  open: (line) => line.open(),
  close: (line) => line.close(),
  opened: () => last().opened(),
  "lost: back_off": () => last().lost("back_off"),
  "lost: at_once": () => last().lost("at_once"),
  "lost: poll": () => last().lost("poll", 5_000),
  "lost: stop": () => last().lost("stop"),
  "lost: sign_in": () => last().lost("sign_in"),
  drained: () => last().drained(10),
  "choose sse": (line) => line.choose("sse"),
  "startAt": (line) => line.startAt(),
};
const W = "websocket", S = "sse", P = "poll", NONE = "none";
const LIVE_ROWS = [["lost", W, W], ["", NONE, NONE], ["live", W, W], ["lost", NONE, W], ["lost", NONE, W], ["lost lost", P, P], ["stop", NONE, NONE], ["sign_in", NONE, NONE], ["", W, W], ["lost", S, S], ["lost", W, W]];
const TABLE = {
  idle: [["lost", W, W], ["", NONE, NONE], null, null, null, null, null, null, null, ["", NONE, NONE], ["lost", W, W]],
  connecting: LIVE_ROWS,
  live: LIVE_ROWS,
  waiting: [["lost", W, W], ["", NONE, NONE], null, null, null, null, null, null, null, ["lost", S, S], ["lost", W, W]],
  polling: [["lost", P, P], ["", NONE, NONE], ["polling", P, P], ["lost", NONE, P], ["lost", NONE, P], ["lost lost", P, P], ["stop", NONE, NONE], ["sign_in", NONE, NONE], ["", P, P], ["lost", S, S], ["lost", P, P]],
  "polling, sent there": [["lost", P, P], ["", NONE, NONE], ["polling", P, S], ["lost", NONE, P], ["lost", NONE, P], ["lost lost", P, P], ["stop", NONE, NONE], ["sign_in", NONE, NONE], ["", P, P], ["lost", S, S], ["lost", W, W]],
  stopped: [["lost", W, W], ["", NONE, NONE], null, null, null, null, null, null, null, ["", NONE, NONE], ["lost", W, W]],
};

function open(line, ...then) {
  line.open();
  then.forEach((step) => step());
  return line;
}

beforeEach((context) => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

for (const [state, row] of Object.entries(TABLE)) {
  Object.entries(INPUTS).forEach(([input, put], column) => {
    if (!row[column]) return; // no transport is open that could say so
    test(`${state}: ${input}`, () => {
      const line = STATES[state]();
      told = [];

      put(line);
      const [said, rung] = [told.join(" "), rungNow()];
      mock.timers.tick(60_000);

      assert.deepEqual([said, rung, rungNow()], row[column]);
      assert.ok(opened.filter(({ isOpen }) => isOpen).length <= 2, "one line, and perhaps a candidate");
    });
  });
}

// Every state of the status against everything that a line tells: at once, after 1 s, after 10 s.
const SHOWN = {
  catching_up: { live: "live live live", polling: "polling polling polling", lost: "catching_up catching_up offline", offline: "offline offline offline", stop: "offline offline offline", sign_in: "offline offline offline" },
  live: { live: "live live live", polling: "polling polling polling", lost: "live catching_up offline", offline: "offline offline offline", stop: "offline offline offline", sign_in: "offline offline offline" },
  polling: { live: "live live live", polling: "polling polling polling", lost: "polling catching_up offline", offline: "offline offline offline", stop: "offline offline offline", sign_in: "offline offline offline" },
  offline: { live: "live live live", polling: "polling polling polling", lost: "offline offline offline", offline: "offline offline offline", stop: "offline offline offline", sign_in: "offline offline offline" },
};

for (const [before, inputs] of Object.entries(SHOWN)) {
  for (const [input, shown] of Object.entries(inputs)) {
    test(`shown ${before}, told ${input}`, () => {
      const status = new Status();
      status.is(before);

      status.hear(input);

      const seen = [0, 1_000, 9_000].map((ms) => (mock.timers.tick(ms), status.value));
      assert.equal(seen.join(" "), shown);
    });
  }
}
