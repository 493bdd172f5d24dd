import assert from "node:assert/strict";
import { test } from "node:test";
import { sendBatch, sendOne, sendUndo } from "../../sales/static/sales/sending.js";

const SALE = { bar: "b", soldAt: "2026-11-21T23:30:00Z", order: { key: "k", payment: "cash", lines: [] } };
const answer = (status, body, headers = {}) => new Response(JSON.stringify(body), { status, headers });
const noNetwork = new TypeError("Failed to fetch");

/** A network with one answer; `sent` is what was asked of it. */
function network(next) {
  const sent = [];
  return { sent, send: async (url, body) => (sent.push([url, body]), next instanceof Error ? Promise.reject(next) : next) };
}

test("a sale of this moment is sent as it is, and sold when its key is answered", async () => {
  const { sent, send } = network(answer(201, { id: "1", key: "k" }));

  const outcome = await sendOne(SALE, send);

  assert.deepEqual([outcome, sent], [{ kind: "sold", sale: { id: "1", key: "k" } }, [["/api/v1/bars/b/sales", SALE.order]]]);
});

test("sales made before are sent together with the time they were made, and each is answered for itself", async () => {
  const problem = { code: "unknown_product", detail: "…" };
  const results = [
    { key: "k", status: 201, sale: { id: "1", key: "k" } },
    { key: "l", status: 404, problem },
    { key: null, status: 500, problem: { code: "internal" } },
  ];
  const { sent, send } = network(answer(200, { results }));

  const outcomes = await sendBatch([SALE, SALE, SALE, SALE], send);

  assert.deepEqual(outcomes, [
    { kind: "sold", sale: { id: "1", key: "k" } },
    { kind: "refused", problem: { ...problem, status: 404 } },
    { kind: "unclear", hint: 0 },
    { kind: "unclear", hint: 0 }, // of which the server has said nothing
  ]);
  assert.deepEqual(sent[0][1].sales[0], { ...SALE.order, sold_at: SALE.soldAt });
  const sentAt = new Date(new URL(sent[0][0], "http://bar").searchParams.get("sent_at"));
  assert.ok(Math.abs(Date.now() - sentAt) < 60_000, "with the phone's time of sending, by which its clock is judged");
});

const UNCLEAR = [
  ["no network", noNetwork],
  ["a gateway without its server", new Response("<html>", { status: 502 })],
  ["a café's sign-in page", new Response("<html>", { status: 200 })],
  ["a proxy that refuses", new Response("<html>", { status: 403 })],
  ["a proxy that finds nothing", new Response("<html>", { status: 404 })],
  ["the same sale under way", answer(409, { code: "in_progress" })],
  ["another's answer", answer(201, { id: "1", key: "other" })],
];
for (const [name, next] of UNCLEAR) {
  test(`${name} doesn't say whether it has sold`, async () => {
    const one = await sendOne(SALE, network(next instanceof Error ? next : next.clone()).send);
    const two = await sendBatch([SALE, SALE], network(next).send);

    assert.deepEqual([one.kind, ...two.map(({ kind }) => kind)], ["unclear", "unclear", "unclear"]);
  });
}

test("a server that is busy says when to come again", async () => {
  const outcome = await sendOne(SALE, network(answer(429, { code: "too_many" }, { "Retry-After": "7" })).send);

  assert.deepEqual(outcome, { kind: "unclear", hint: 7_000 });
});

for (const [status, code] of [[401, "sign_in"], [403, "csrf"]]) {
  test(`${status} ${code} keeps the sale for after signing in`, async () => {
    assert.deepEqual(await sendOne(SALE, network(answer(status, { code })).send), { kind: "signed_out" });
  });
}

test("a refusal of ours is final and carries its facts", async () => {
  const problem = { code: "stock_insufficient", shortages: [{ available: 1 }] };

  assert.deepEqual(await sendOne(SALE, network(answer(409, problem)).send), { kind: "refused", problem: { ...problem, status: 409 } });
});

test("an undo is answered for by the sale that it was asked of", async () => {
  const { sent, send } = network(answer(200, { id: "1", status: "cancelled" }));

  assert.equal((await sendUndo(SALE, "1", send)).kind, "undone");
  assert.equal(sent[0][0], "/api/v1/bars/b/sales/1/undo");
  assert.equal((await sendUndo(SALE, "2", network(answer(200, {})).send)).kind, "unclear");
});
