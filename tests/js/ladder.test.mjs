import assert from "node:assert/strict";
import { test } from "node:test";
import { atOnce, backOff } from "../../realtime/static/realtime/backoff.js";
import { Ladder } from "../../realtime/static/realtime/ladder.js";
import { closeVerdict, errorVerdict, httpVerdict } from "../../realtime/static/realtime/verdicts.js";

test("three failures in a row leave a rung, and the last one is kept", () => {
  const ladder = new Ladder("auto");

  const rungs = Array.from({ length: 10 }, () => (ladder.failed(), ladder.rung));

  assert.deepEqual(rungs, [
    "websocket", "websocket", "sse", "sse", "sse", "poll", "poll", "poll", "poll", "poll",
  ]);
});

test("a rung that held starts counting again, and is given seven attempts", () => {
  const ladder = new Ladder("auto");

  [1, 2].forEach(() => ladder.failed());
  ladder.held();
  const rungs = Array.from({ length: 10 }, () => (ladder.failed(), ladder.rung));

  assert.deepEqual(rungs, [...Array(6).fill("websocket"), ...Array(3).fill("sse"), "poll"]);
});

test("a chosen mode is the top: nothing better is tried", () => {
  const ladder = new Ladder("sse");

  assert.deepEqual([ladder.rung, ladder.above], ["sse", undefined]);
  ladder.toPolling();
  assert.deepEqual([ladder.rung, ladder.above], ["poll", "sse"]);
  ladder.stepUp();
  ladder.stepUp();
  assert.equal(ladder.rung, "sse");
  ladder.toPolling();
  ladder.startAt();
  assert.equal(ladder.rung, "sse");
});

test("the wait doubles between 0.5 s and 20 s, and a hint of the server is its floor", () => {
  const longest = [0, 1, 2, 3, 9].map((attempt) => backOff(attempt, 0, () => 1));

  assert.deepEqual(longest, [500, 1_000, 2_000, 4_000, 20_000]);
  assert.equal(backOff(9, 0, () => 0), 500);
  assert.equal(backOff(1, 7_000, () => 1), 7_000);
  assert.equal(atOnce(() => 0.5), 500);
});

test("close codes say what to do by their range", () => {
  const codes = [4001, 4003, 4004, 4013, 4100, 4101, 4108, 4130, 4200, 4205, 4210, 1012, 1006, 1000, 0];

  assert.deepEqual(codes.map(closeVerdict), [
    "sign_in", "stop", "stop", "stop", "back_off", "back_off", "back_off", "poll",
    "at_once", "at_once", "at_once", "at_once", "back_off", "back_off", "back_off",
  ]);
  assert.deepEqual([401, 403, 404, 429, 503].map(httpVerdict), ["sign_in", "stop", "stop", "back_off", "back_off"]);
  const errors = ["sign_in", "not_found", "drain", "full", "busy", "bad_frame"];
  assert.deepEqual(errors.map(errorVerdict), ["sign_in", "at_once", "at_once", "poll", "back_off", "back_off"]);
});

// Every state of a ladder against every input: the rung, and the one above.
const STATES = {
  "auto at the top": () => new Ladder("auto"),
  "auto after two failures": () => failed(new Ladder("auto"), 2),
  "auto on sse": () => failed(new Ladder("auto"), 3),
  "auto on poll": () => failed(new Ladder("auto"), 6),
  "sse chosen": () => new Ladder("sse"),
  "sse chosen, on poll": () => failed(new Ladder("sse"), 3),
  "poll chosen": () => new Ladder("poll"),
};
const INPUTS = {
  held: (ladder) => ladder.held(),
  failed: (ladder) => ladder.failed(),
  stepUp: (ladder) => ladder.stepUp(),
  toPolling: (ladder) => ladder.toPolling(),
  startAt: (ladder) => ladder.startAt(),
  "startAt auto": (ladder) => ladder.startAt("auto"),
};
const TABLE = {
  "auto at the top": ["websocket", "websocket", "websocket", "poll<sse", "websocket", "websocket"],
  "auto after two failures": ["websocket", "sse<websocket", "websocket", "poll<sse", "websocket", "websocket"],
  "auto on sse": ["sse<websocket", "sse<websocket", "websocket", "poll<sse", "websocket", "websocket"],
  "auto on poll": ["poll<sse", "poll<sse", "sse<websocket", "poll<sse", "websocket", "websocket"],
  "sse chosen": ["sse", "sse", "sse", "poll<sse", "sse", "websocket"],
  "sse chosen, on poll": ["poll<sse", "poll<sse", "sse", "poll<sse", "sse", "websocket"],
  "poll chosen": ["poll", "poll", "poll", "poll", "poll", "websocket"],
};

function failed(ladder, times) {
  for (let i = 0; i < times; i += 1) ladder.failed();
  return ladder;
}

for (const [state, row] of Object.entries(TABLE)) {
  Object.entries(INPUTS).forEach(([input, put], column) => {
    test(`${state}: ${input}`, () => {
      const ladder = STATES[state]();

      put(ladder);

      assert.equal([ladder.rung, ladder.above].filter(Boolean).join("<"), row[column]);
    });
  });
}
