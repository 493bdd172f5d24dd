import assert from "node:assert/strict";
import { test } from "node:test";
import { Place } from "../../realtime/static/realtime/place.js";

const frame = (seq, prev = seq - 1, epoch = "e") => ({ type: "frame", epoch, seq, prev, events: [] });
const joined = (question, seq, result = "resumed", epoch = "e") => ({ type: "joined", question, epoch, seq, result });

// Every state of a place against every input: what it asks of the page, and where it stands afterwards.
const STATES = {
  "from now, unanswered": () => place(undefined, []),
  "from now, answered": (asked) => place(undefined, [joined(asked, 5, "live")]),
  "since 5, unanswered": () => place("e:5", []),
  "since 5, answered": (asked) => place("e:5", [joined(asked, 5)]),
  "since 5, told that 8 is the head": (asked) => place("e:5", [joined(asked, 8)]),
};
const INPUTS = {
  "an answer: resumed": (asked) => joined(asked, 5),
  "an answer: live": (asked) => joined(asked, 9, "live"),
  "an answer: taken": (asked) => joined(asked, undefined, "taken", undefined),
  "an answer: reset": (asked) => joined(asked, 2, "reset", "f"),
  "an answer to an older question": (asked) => joined(asked - 1, 9, "live"),
  "the next frame": () => frame(6),
  "an old frame": () => frame(5),
  "a frame after a hole": () => frame(8),
  "a frame of another epoch": () => frame(6, 5, "f"),
  "a reset": () => ({ type: "reset", epoch: "f", seq: 2 }),
  "a beat at 5": () => ({ type: "beat", head: "e:5" }),
  "a beat at 6": () => ({ type: "beat", head: "e:6" }),
  "a beat of another epoch": () => ({ type: "beat", head: "f:5" }),
  "sent up to 9": () => ({ type: "at", cursor: "e:9" }),
};
const APPLY = "apply", OLD = "duplicate", RESET = "reset", ASK = "ask", NO = undefined;
const TABLE = {
  "from now, unanswered": [[NO], [NO, "e:9"], [NO], [RESET, "f:2"], [NO], [NO], [NO], [NO], [NO], [RESET, "f:2"], [NO], [NO], [NO], [NO]],
  "from now, answered": [[NO, "e:5"], [NO, "e:9"], [NO, "e:5"], [RESET, "f:2"], [NO, "e:5"], [APPLY, "e:6"], [OLD, "e:5"], [ASK, "e:5"], [ASK, "e:5"], [RESET, "f:2"], [NO, "e:5"], [ASK, "e:5"], [ASK, "e:5"], [NO, "e:9"]],
  "since 5, unanswered": [[NO, "e:5"], [NO, "e:9"], [NO, "e:5"], [RESET, "f:2"], [NO, "e:5"], [NO, "e:5"], [NO, "e:5"], [NO, "e:5"], [NO, "e:5"], [RESET, "f:2"], [NO, "e:5"], [NO, "e:5"], [NO, "e:5"], [NO, "e:5"]],
  "since 5, answered": [[NO, "e:5"], [NO, "e:9"], [NO, "e:5"], [RESET, "f:2"], [NO, "e:5"], [APPLY, "e:6"], [OLD, "e:5"], [ASK, "e:5"], [ASK, "e:5"], [RESET, "f:2"], [NO, "e:5"], [ASK, "e:5"], [ASK, "e:5"], [NO, "e:9"]],
  "since 5, told that 8 is the head": [[NO, "e:5"], [NO, "e:9"], [NO, "e:5"], [RESET, "f:2"], [NO, "e:5"], [APPLY, "e:6"], [OLD, "e:5"], [APPLY, "e:8"], [ASK, "e:5"], [RESET, "f:2"], [NO, "e:8"], [NO, "e:8"], [ASK, "e:5"], [NO, "e:9"]],
};

function place(since, heard) {
  const made = new Place(since);
  const asked = made.ask();
  return { made, asked, heard };
}

function inState(name) {
  const first = STATES[name](0);
  const { heard } = STATES[name](first.asked);
  heard.forEach((message) => first.made.hear(message));
  return first;
}

for (const [state, row] of Object.entries(TABLE)) {
  Object.entries(INPUTS).forEach(([input, message], column) => {
    test(`${state}: ${input}`, () => {
      const { made, asked } = inState(state);

      const fate = made.hear(message(asked)) || undefined;

      assert.deepEqual([fate, made.since], [row[column][0], row[column][1]]);
    });
  });
}

test("an answered place stays answered by what it applies", () => {
  const { made } = inState("since 5, answered");

  [6, 6, 7].forEach((seq) => made.hear(frame(seq)));

  assert.equal(made.hear({ type: "beat", head: "e:8" }), "ask");
});

test("what an unanswered place is asked for once is not asked for again by the next hole", () => {
  const { made, asked } = inState("since 5, answered");

  const fates = [frame(8), frame(9), { type: "beat", head: "e:9" }].map((message) => made.hear(message) || undefined);
  assert.deepEqual(fates, ["ask", undefined, undefined]);

  const again = made.ask();
  made.hear(joined(asked, 9));
  assert.equal(made.hear(frame(6)), undefined, "an answer to the first question doesn't settle the second");
  made.hear(joined(again, 9));
  assert.deepEqual([6, 7, 8, 9].map((seq) => made.hear(frame(seq))), Array(4).fill("apply"));
});

test("sent before a question is not sent after it: a leader may have died in between", () => {
  const { made } = inState("since 5, told that 8 is the head");

  made.ask();

  assert.notEqual(made.hear(frame(9)), "apply");
});
