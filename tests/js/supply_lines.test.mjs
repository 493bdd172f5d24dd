import assert from "node:assert/strict";
import { test } from "node:test";
import { receiveAll } from "../../stock/static/stock/supply_sending.js";
import { costOf, readLine, sumOf, totalOf } from "../../stock/static/stock/supply_lines.js";

const typed = (fields) => ({ product: "flag", lots: "2", lot_size: "24", lot_price: "10 000", ...fields });

test("a line comes to its crates times their price, and a bottle to its part of a crate", () => {
  const line = readLine(typed(), 0);
  assert.deepEqual(line, { product: "flag", lots: 2, lot_size: 24, lot_price: 10_000 });
  assert.equal(totalOf(line), 20_000);
  assert.equal(Math.round(costOf(line)), 417);
  assert.equal(readLine(typed({ lot_price: "12,50" }), 2).lot_price, 1250);
});

test("a line that lacks something is none, and counts for nothing", () => {
  const lacking = [{ product: "" }, { lots: "0" }, { lots: "" }, { lot_size: "1,5" }, { lot_price: "" }, { lot_price: "dix" }];
  assert.deepEqual(
    lacking.map((fields) => readLine(typed(fields), 0)),
    lacking.map(() => null),
  );
  assert.equal(sumOf([readLine(typed(), 0), null]), 20_000);
});

class Line {
  isChosen = true;
  isSaved = false;
  sent = [];

  constructor(...answers) {
    this.answers = answers;
  }

  read = () => ({ product: "flag" });

  async receive(url, line) {
    this.sent.push(line);
    const answer = this.answers.shift();
    if (answer instanceof Error) throw answer;
    this.isSaved = !answer;
    return answer;
  }
}

const asked = { url: "/", digits: 0, head: { payment: "cash" }, words: { empty: "nothing" } };

test("lines that are in aren't sent again, whatever becomes of those behind them", async () => {
  const [first, second, third] = [new Line(), new Line({ detail: "no" }, undefined), new Line()];
  const lines = [first, second, third];
  assert.equal((await receiveAll(lines, asked)).detail, "no");
  assert.deepEqual(lines.map(({ sent }) => sent.length), [1, 1, 0]);
  assert.equal(await receiveAll(lines, asked), undefined);
  assert.deepEqual(lines.map(({ sent }) => sent.length), [1, 2, 1]);
  assert.deepEqual(third.sent, [{ product: "flag", payment: "cash" }]);
});

test("a lost answer stops there, and nothing chosen is said", async () => {
  const [lost, behind] = [new Line(new Error("gone"), undefined), new Line()];
  await assert.rejects(receiveAll([lost, behind], asked));
  assert.equal(behind.sent.length, 0);
  const none = Object.assign(new Line(), { isChosen: false });
  assert.deepEqual(await receiveAll([none], asked), { detail: "nothing" });
});
