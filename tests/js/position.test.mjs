import assert from "node:assert/strict";
import { test } from "node:test";
import { Position } from "../../realtime/static/realtime/position.js";

const frame = (seq, prev = seq - 1, epoch = "e") => ({ epoch, seq, prev });

test("a page that has seen nothing takes the first frame", () => {
  const position = new Position();

  assert.equal(position.judge(frame(7)), "apply");
  assert.equal(position.since, undefined);
});

test("the next frame is applied, an old one dropped, a hole found", () => {
  const position = new Position("e:5");

  assert.deepEqual([5, 6, 7].map((seq) => position.judge(frame(seq))), ["duplicate", "apply", "gap"]);
});

test("numbers of events that the page may not see leave no hole", () => {
  const position = new Position("e:5");

  assert.equal(position.judge(frame(9, 5)), "apply");
});

test("a frame of another epoch is a gap, whatever its number", () => {
  const position = new Position("e:5");

  assert.equal(position.judge(frame(6, 5, "f")), "gap");
});

test("joining from now stands at the head", () => {
  const position = new Position();

  position.joined({ epoch: "e", seq: 12, result: "live" });

  assert.equal(position.since, "e:12");
});

test("resuming keeps the cursor until what was missed has arrived", () => {
  const position = new Position("e:5");

  position.joined({ epoch: "e", seq: 10, result: "resumed" });

  assert.equal(position.since, "e:5");
  assert.equal(position.judge(frame(7, 5)), "apply");
  position.moveTo(frame(7));
  assert.equal(position.judge(frame(11, 10)), "apply");
  assert.equal(position.judge(frame(12, 11)), "gap");
});

test("a beat shows a lost frame, and settles what a resume has skipped", () => {
  const position = new Position("e:5");

  assert.equal(position.isBehind("e:6"), true);
  position.joined({ epoch: "e", seq: 6, result: "resumed" });
  assert.equal(position.isBehind("e:6"), false);
  assert.equal(position.since, "e:6");
  assert.equal(position.isBehind("f:6"), true);
});
