import assert from "node:assert/strict";
import { test } from "node:test";
import { Basket } from "../../sales/static/sales/basket.js";
import { SavedBasket } from "../../sales/static/sales/saved_basket.js";
import { sell } from "../../sales/static/sales/selling.js";

const ORDER = { key: "k", payment: "cash", lines: [] };
const answer = (status, body, headers = {}) => new Response(JSON.stringify(body), { status, headers });
const noNetwork = new TypeError("Failed to fetch");

/** Sells through a network that gives these answers one after another; returns the outcome and what was sent. */
async function sellThrough(answers, options) {
  const sent = [];
  const waits = [];
  const send = async (url, order) => {
    sent.push(order);
    const next = answers.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  const outcome = await sell("/sales", ORDER, { ...options, send, wait: async (ms) => waits.push(ms) });
  return { outcome, sent, waits };
}

test("a sale is sent once when it is answered", async () => {
  const { outcome, sent } = await sellThrough([answer(201, { id: "1" })]);

  assert.deepEqual([outcome, sent.length], [{ kind: "sold", sale: { id: "1" } }, 1]);
});

test("a lost answer is asked for again with the same order", async () => {
  const { outcome, sent } = await sellThrough([noNetwork, answer(201, { id: "1" })]);

  assert.deepEqual([outcome.kind, sent], ["sold", [ORDER, ORDER]]);
});

test("a server that is busy is asked again when it says", async () => {
  const answers = [
    answer(503, { code: "try_again" }, { "Retry-After": "3" }),
    answer(409, { code: "in_progress" }, { "Retry-After": "2" }),
    answer(201, {}),
  ];

  const { outcome, waits } = await sellThrough(answers);

  assert.deepEqual([outcome.kind, waits], ["sold", [3_000, 2_000]]);
});

test("after four attempts without an answer nobody knows", async () => {
  const { outcome, sent } = await sellThrough([noNetwork, noNetwork, answer(502, {}), noNetwork]);

  assert.deepEqual([outcome, sent.length], [{ kind: "unknown" }, 4]);
});

test("a refusal is final and carries its facts", async () => {
  const problem = { code: "stock_insufficient", shortages: [{ available: 1 }] };

  const { outcome, sent } = await sellThrough([answer(409, problem)]);

  assert.deepEqual([outcome, sent.length], [{ kind: "refused", problem: { ...problem, status: 409 } }, 1]);
});

test("a proxy's page of an error is a refusal without facts", async () => {
  const { outcome } = await sellThrough([new Response("<html>", { status: 413 })]);

  assert.deepEqual(outcome, { kind: "refused", problem: { code: "refused", status: 413 } });
});

test("the end of the session keeps the basket for after the login", async () => {
  const { outcome } = await sellThrough([answer(401, {})]);

  assert.equal(outcome.kind, "signed_out");
});

const SAY_NOTHING_OF_THE_KEY = [
  [401, { code: "sign_in" }],
  [403, { code: "not_allowed" }],
  [403, { code: "csrf" }],
  [404, { code: "not_found" }],
  [413, {}],
];

for (const [status, body] of SAY_NOTHING_OF_THE_KEY) {
  test(`a ${status} ${body.code ?? ""} after a lost answer doesn't mean that it hasn't sold`, async () => {
    const problem = { code: "refused", ...body, status };

    for (const lost of [noNetwork, answer(504, {}), answer(409, { code: "in_progress" })]) {
      const { outcome, sent } = await sellThrough([lost, answer(status, body)]);
      assert.deepEqual([outcome, sent.length], [{ kind: "unknown", problem }, 2]);
    }
    const { outcome } = await sellThrough([answer(status, body)], { isUnsure: true });
    assert.deepEqual(outcome, { kind: "unknown", problem });
    const { outcome: first } = await sellThrough([answer(429, {}), answer(status, body)]);
    assert.notEqual(first.kind, "unknown"); // too many requests is an answer: nothing was sold
  });
}

for (const code of ["stock_insufficient", "price_changed", "unknown_product", "key_reused"]) {
  test(`${code} after a lost answer says what has become of the key`, async () => {
    const { outcome } = await sellThrough([noNetwork, answer(409, { code })]);

    assert.deepEqual(outcome, { kind: "refused", problem: { code, status: 409 } });
  });
}

test("a reload keeps the basket, its key and whether it was on its way", () => {
  const kept = new Map();
  const storage = {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, text) => kept.set(name, text),
    removeItem: (name) => kept.delete(name),
  };
  const saved = new SavedBasket("bar", storage);
  const { basket } = saved.load();
  basket.put({ id: "beer", name: "Beaufort", price: 700 }, 2);

  saved.save(basket, "cash");
  const found = new SavedBasket("bar", storage).load();

  assert.deepEqual([found.payment, found.basket.order("cash")], ["cash", basket.order("cash")]);
  basket.empty();
  saved.save(basket);
  assert.deepEqual([kept.size, saved.load().basket], [0, new Basket()]);
});
