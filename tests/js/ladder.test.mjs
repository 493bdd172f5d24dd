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

test("a rung that held starts counting again", () => {
  const ladder = new Ladder("auto");

  [1, 2].forEach(() => ladder.failed());
  ladder.held();
  [1, 2].forEach(() => ladder.failed());

  assert.equal(ladder.rung, "websocket");
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
  const codes = [4001, 4003, 4013, 4100, 4108, 4130, 4200, 4210, 1012, 1006, 1000];

  assert.deepEqual(codes.map(closeVerdict), [
    "sign_in", "stop", "stop", "back_off", "back_off", "poll", "at_once", "at_once", "at_once", "back_off", "back_off",
  ]);
  assert.deepEqual([401, 403, 404, 429, 503].map(httpVerdict), ["sign_in", "stop", "stop", "back_off", "back_off"]);
  assert.deepEqual(["sign_in", "not_found", "bad_frame"].map(errorVerdict), ["sign_in", "stop", "back_off"]);
});
