import assert from "node:assert/strict";
import { test } from "node:test";
import { Basket } from "../../sales/static/sales/basket.js";
import { Checkout } from "../../sales/static/sales/checkout.js";
import { Counter } from "../../sales/static/sales/counter.js";
import { Shelf } from "../../sales/static/sales/shelf.js";

const product = (id, price, available) => ({ id, name: id, category: "beers", price, available, alert_threshold: 6 });
const stockChanged = (id, available) => ({ type: "stock.changed", data: { product: id, stock: available, available } });

/** A till with 24 beers at 700 and 2 cokes at 500, and a network that answers when the test says so. */
function openTill() {
  const sent = [];
  const events = [];
  const shelf = new Shelf([product("beer", 700, 24), product("coke", 500, 2)]);
  const basket = new Basket();
  const send = (order) => new Promise((answer) => sent.push({ order, answer }));
  const checkout = new Checkout({ shelf, basket, send });
  const counter = new Counter({ shelf, basket, checkout });
  for (const type of ["sold", "refused", "unsure", "signed_out"]) {
    checkout.addEventListener(type, ({ detail }) => events.push([type, detail]));
  }
  const answer = async (outcome) => {
    sent.at(-1).answer(outcome);
    await new Promise(setImmediate);
  };
  return { shelf, basket, checkout, counter, sent, events, answer, left: (id) => counter.left(shelf.get(id)) };
}

test("two taps sell a beer: one on its tile, one on cash", async () => {
  const { counter, checkout, basket, sent, events, answer } = openTill();

  counter.add("beer");
  checkout.pay("cash");
  await answer({ kind: "sold", sale: { total: 700 } });

  const [{ order }] = sent;
  assert.deepEqual(order, { key: order.key, payment: "cash", lines: [{ product: "beer", quantity: 1, price: 700 }] });
  assert.deepEqual([events, basket.isEmpty, checkout.state], [[["sold", { total: 700 }]], true, "open"]);
});

test("a double tap on cash sends one sale", async () => {
  const { counter, checkout, sent, answer } = openTill();
  counter.add("beer");

  checkout.pay("cash");
  checkout.pay("cash");
  await answer({ kind: "sold", sale: {} });
  checkout.pay("cash");

  assert.equal(sent.length, 1);
});

test("the basket takes no more than the shelf has", () => {
  const { counter, basket, left } = openTill();

  const added = [1, 2, 3].map(() => counter.add("coke"));

  assert.deepEqual([added, basket.quantityOf("coke"), left("coke")], [[true, true, false], 2, 0]);
});

test("the shelf shows the sale before the server has answered, and nothing twice after", async () => {
  const { counter, checkout, left, answer } = openTill();
  counter.add("beer");
  assert.equal(left("beer"), 23);

  checkout.pay("cash");
  assert.equal(left("beer"), 23);
  counter.hear(stockChanged("beer", 23));
  assert.equal(left("beer"), 23);
  await answer({ kind: "sold", sale: {} });

  assert.equal(left("beer"), 23);
});

test("a refusal puts the shelf back, keeps the basket and says what there is", async () => {
  const { counter, checkout, basket, left, events, answer } = openTill();
  counter.add("coke");
  counter.add("coke");
  const shortages = [{ product: "coke", name: "Coca", wanted: 2, available: 1 }];

  checkout.pay("cash");
  await answer({ kind: "refused", problem: { code: "stock_insufficient", detail: "", shortages } });

  assert.deepEqual([basket.quantityOf("coke"), left("coke"), checkout.state], [2, -1, "open"]);
  assert.deepEqual(events, [
    ["refused", { code: "stock_insufficient", detail: "", lines: [{ text: "short", ...shortages[0] }] }],
  ]);
  counter.fit();
  assert.deepEqual([basket.quantityOf("coke"), left("coke")], [1, 0]);
});

test("a refusal for another reason leaves what the server has said meanwhile", async () => {
  const { counter, checkout, left, answer } = openTill();
  counter.add("beer");
  counter.add("coke");

  checkout.pay("cash");
  counter.hear(stockChanged("beer", 10));
  counter.empty(); // has no effect while a sale is on its way
  await answer({ kind: "refused", problem: { code: "not_allowed" } });
  counter.empty();

  assert.deepEqual([left("beer"), left("coke")], [10, 2]);
});

test("the key stays the same through refusals, and the next basket has another", async () => {
  const { counter, checkout, sent, answer } = openTill();
  counter.add("beer");
  checkout.pay("cash");
  await answer({ kind: "refused", problem: { code: "price_changed", prices: [{ product: "beer", price: 800 }] } });
  checkout.pay("cash");
  await answer({ kind: "sold", sale: {} });
  counter.add("beer");
  checkout.pay("cash");

  const [first, second, third] = sent.map(({ order }) => order);
  assert.deepEqual([first.lines[0].price, second.lines[0].price, first.key === second.key], [700, 800, true]);
  assert.notEqual(third.key, second.key);
});

test("without an answer the basket can't be changed, only asked for again as it was", async () => {
  const { counter, checkout, basket, sent, events, answer } = openTill();
  counter.add("beer");
  checkout.pay("mobile_money");
  await answer({ kind: "unknown" });

  assert.deepEqual([counter.add("beer"), counter.empty(), checkout.state], [false, false, "unsure"]);
  checkout.pay("cash");
  await answer({ kind: "sold", sale: {} });

  assert.deepEqual(sent[1].order, sent[0].order);
  assert.deepEqual([events.map(([type]) => type), basket.isEmpty], [["unsure", "sold"], true]);
});

test("giving up an unsure sale frees the till with a new key", async () => {
  const { counter, checkout, basket, sent, answer } = openTill();
  counter.add("beer");
  checkout.pay("cash");
  await answer({ kind: "unknown" });

  checkout.abandon();
  counter.add("beer");
  checkout.pay("cash");

  assert.notEqual(sent[1].order.key, sent[0].order.key);
  assert.equal(basket.count, 1);
});

test("a product that has gone off sale leaves the basket when the sale is refused", async () => {
  const { counter, checkout, basket, events, answer } = openTill();
  counter.add("beer");
  counter.add("coke");
  counter.hear({ type: "product.changed", data: { product: "coke", price: 500, active: false } });

  checkout.pay("cash");
  await answer({ kind: "refused", problem: { code: "unknown_product", products: ["coke"] } });

  assert.deepEqual(basket.lines.map((line) => line.product), ["beer"]);
  assert.deepEqual(events[0][1].lines, [{ text: "withdrawn", name: "coke" }]);
});

test("an event of a product that the page has never seen asks for a fresh shelf", () => {
  const { counter } = openTill();
  const changed = (id, active) => ({ type: "product.changed", data: { product: id, price: 1, active } });

  assert.deepEqual([changed("beer", true), changed("new", true), changed("old", false)].map((e) => counter.hear(e)), [
    true, false, true,
  ]);
});
