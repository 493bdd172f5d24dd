import assert from "node:assert/strict";
import { test } from "node:test";
import { Basket } from "../../sales/static/sales/basket.js";
import { Subscription } from "../../realtime/static/realtime/subscription.js";
import { Checkout } from "../../sales/static/sales/checkout.js";
import { Counter } from "../../sales/static/sales/counter.js";
import { Shelf } from "../../sales/static/sales/shelf.js";

const product = (id, price, available) => ({ id, name: id, category: "beers", price, available, alert_threshold: 6 });
const stockChanged = (id, available) => ({ type: "stock.changed", data: { product: id, stock: available, available } });

/** A till with 24 beers at 700 and 2 cokes at 500, and a network that answers when the test says so. */
function openTill({ basket = new Basket(), unanswered } = {}) {
  const sent = [];
  const events = [];
  const shelf = new Shelf([product("beer", 700, 24), product("coke", 500, 2)]);
  const send = (order, { isUnsure }) => new Promise((answer) => sent.push({ order, isUnsure, answer }));
  const checkout = new Checkout({ shelf, basket, send, unanswered });
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

test("an unsure sale stays so, with its payment, through a 401 and a reload, until its key is answered for", async () => {
  const before = openTill();
  before.counter.add("beer");
  before.checkout.pay("card");
  await before.answer({ kind: "unknown", problem: { code: "sign_in", status: 401 } });
  const told = { code: "unsure", mustSignIn: true, lines: [] };
  assert.deepEqual([before.events, before.counter.add("coke")], [[["unsure", told]], false]);
  const kept = JSON.parse(JSON.stringify(before.basket));

  const { checkout, counter, sent, answer, events, left } = openTill({
    basket: Basket.from(kept),
    unanswered: before.checkout.payment,
  });
  assert.deepEqual([checkout.state, counter.add("coke")], ["unsure", false]);
  checkout.pay();
  await answer({ kind: "unknown", problem: { code: "not_allowed", status: 403 } });
  checkout.pay("cash");
  await answer({ kind: "sold", sale: {} });

  assert.deepEqual(sent.map(({ order, isUnsure }) => [order, isUnsure]), Array(2).fill([before.sent[0].order, true]));
  assert.equal(before.sent[0].isUnsure, false);
  assert.deepEqual(events[0], ["unsure", { code: "unsure", mustSignIn: false, lines: [{ text: "not_allowed" }] }]);
  assert.deepEqual([events[1][0], checkout.state, checkout.payment, left("beer")], ["sold", "open", null, 23]);
});

test("an unsure sale that was left behind can be given up before it is asked for again", () => {
  const before = openTill();
  before.counter.add("beer");

  const { checkout, basket, left } = openTill({ basket: before.basket, unanswered: "cash" });
  checkout.abandon();

  assert.deepEqual([checkout.state, basket.isEmpty, left("beer")], ["open", true, 24]);
});

test("a basket that has been sold already is told of, and sells again under a new key at a new tap only", async () => {
  const { counter, checkout, basket, sent, events, answer, left } = openTill();
  counter.add("beer");
  checkout.pay("cash");
  await answer({ kind: "refused", problem: { code: "key_reused" } });

  assert.deepEqual([sent.length, events], [1, [["refused", { code: "key_reused", detail: "", lines: [] }]]]);
  assert.deepEqual([checkout.state, basket.count, left("beer")], ["open", 1, 23]);
  counter.add("coke");
  checkout.pay("cash");
  await answer({ kind: "sold", sale: {} });

  assert.notEqual(sent[1].order.key, sent[0].order.key);
  assert.deepEqual([sent[1].order.lines.length, basket.isEmpty], [2, true]);
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

test("a product that is new or has changed asks for a fresh shelf, one off sale or counted doesn't", () => {
  const { counter, shelf } = openTill();
  const changed = (id, active) => ({ type: "product.changed", data: { product: id, price: 1, active } });
  const events = [changed("beer", true), changed("new", true), stockChanged("new", 3)];

  assert.deepEqual(events.map((event) => counter.hear(event)), [false, false, false]);
  assert.equal(shelf.get("beer").price, 1); // at once: its name, if that has changed, comes with the fresh shelf
  assert.deepEqual([changed("old", false), changed("coke", false), stockChanged("beer", 3)].map((e) => counter.hear(e)), [
    true, true, true,
  ]);
});

test("what sells while the shelf is fetched afresh is not overwritten by the older list", async () => {
  const { counter, shelf, left } = openTill();
  let answerFetch;
  const reset = async () => {
    const { rows, cursor } = await new Promise((resolve) => (answerFetch = resolve));
    counter.restock(rows);
    return cursor;
  };
  const patch = (event) => counter.hear(event);
  const subscription = new Subscription("bar.1", { since: "e:5", topics: ["stock"], patch, reset });
  const answer = () => subscription.accept({ type: "joined", question: subscription.ask().question, result: "taken" });
  const frame = (seq, event) => ({ type: "frame", stream: "bar.1", epoch: "e", seq, prev: seq - 1, events: [event] });
  const renamed = { type: "product.changed", data: { product: "beer", price: 700, active: true } };

  await answer();
  const asksAgain = subscription.accept(frame(6, renamed));
  await subscription.accept(frame(7, stockChanged("beer", 4)));
  answerFetch({ rows: [{ ...product("beer", 700, 10), name: "Beaufort" }], cursor: "e:6" }); // read before frame 7
  assert.deepEqual([await asksAgain, subscription.cursor], [true, "e:6"]);
  await answer();
  await subscription.accept(frame(7, stockChanged("beer", 4))); // the replay since the fresh cursor

  assert.deepEqual([left("beer"), shelf.get("beer").name, subscription.cursor], [4, "Beaufort", "e:7"]);
});
