import assert from "node:assert/strict";
import { test } from "node:test";
import { Taps } from "../../stats/static/stats/match_taps.js";
import { beforeByNow, changeOf, clockIn, sumOf } from "../../stats/static/stats/nights.js";

const tap = (side, points = 1) => ({ key: `${side}${points}`, side, points });

test("a tap shows at once and waits for its turn", () => {
  const taps = new Taps({ home: 2, away: 0 });

  [tap("home"), tap("away"), tap("home")].forEach((one) => taps.add(one));

  assert.deepEqual([taps.shown, taps.next.side], [{ home: 4, away: 1 }, "home"]);
});

test("an answer is the score of the taps that it holds, and the others stay on top", () => {
  const taps = new Taps({ home: 0, away: 0 });
  [tap("home"), tap("home")].forEach((one) => taps.add(one));

  taps.answered({ home: 1, away: 5 });

  assert.deepEqual(taps.shown, { home: 2, away: 5 });
});

test("what is refused counts for nothing", () => {
  const taps = new Taps({ home: 3, away: 0 });
  taps.add(tap("home"));

  taps.answered(false);

  assert.deepEqual([taps.shown, taps.next], [{ home: 3, away: 0 }, undefined]);
});

test("no score falls below zero", () => {
  const taps = new Taps({ home: 0, away: 1 });

  assert.deepEqual([taps.add(tap("home", -1)), taps.add(tap("away", -1)), taps.add(tap("away", -1))], [false, true, false]);
});

test("a score that was read before a tap does not take it back, and one read after it counts", () => {
  const taps = new Taps({ home: 0, away: 0 });
  const before = taps.turn;
  taps.add(tap("home"));
  taps.answered({ home: 1, away: 0 });

  taps.learn({ home: 0, away: 0 }, before);
  const kept = taps.shown;
  taps.learn({ home: 1, away: 4 }, taps.turn);

  assert.deepEqual([kept, taps.shown], [{ home: 1, away: 0 }, { home: 1, away: 4 }]);
});

test("a week ago is counted to this minute, from the closing hour on", () => {
  const hours = Array.from({ length: 24 }, (_, place) => [(6 + place) % 24, 0, 100 * (place + 1)]);

  const counted = [[6, 0], [6, 30], [7, 0], [5, 59]].map(([hour, minute]) => beforeByNow(hours, { hour, minute }));

  assert.deepEqual(counted, [0, 50, 100, 27_600 + Math.floor((2400 * 59) / 60)]);
});

test("each bar has its own clock", () => {
  const now = new Date("2026-11-20T23:45:00Z");

  assert.deepEqual([clockIn("Africa/Abidjan", now), clockIn("Africa/Lagos", now)], [{ hour: 23, minute: 45 }, { hour: 0, minute: 45 }]);
});

test("nights add up, and nothing is compared with nothing", () => {
  const sum = sumOf([{ revenue: 100, before: 80, sales: 2 }, { revenue: 20, before: 20, sales: 1 }]);

  assert.deepEqual([sum, changeOf(120, 100), changeOf(120, 0)], [{ revenue: 120, before: 100, sales: 3 }, 0.2, null]);
});
