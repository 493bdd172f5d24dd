import assert from "node:assert/strict";
import { test } from "node:test";
import { Basket } from "../../sales/static/sales/basket.js";
import { Subscription } from "../../realtime/static/realtime/subscription.js";
import { Checkout } from "../../sales/static/sales/checkout.js";
import { Counter } from "../../sales/static/sales/counter.js";
import { Shelf } from "../../sales/static/sales/shelf.js";

const product = (id, price, available) => ({ id, name: id, category: "beers", price, available, alert_threshold: 6 });
const stockChanged = (id, available) => ({ type: "stock.changed", data: { product: id, stock: available, available } });

/** An outbox that keeps sales until the test says what became of them. */
class Kept extends EventTarget {
  sales = [];

  async add(sale) {
    if (this.error) throw Object.assign(new Error(), { name: this.error });
    const kept = { ...sale, seq: this.sales.length + 1 };
    this.sales.push(kept);
    return kept;
  }

  async discard(sale) {
    this.#end("dropped", { sale });
  }

  answer(kind, detail = {}, sale = this.sales.at(-1)) {
    if (kind === "refused") Object.assign(sale, { problem: detail.problem });
    kind === "refused" ? this.#tell(kind, { sale, ...detail }) : this.#end(kind, { sale, ...detail });
  }

  #end(kind, detail) {
    this.sales = this.sales.filter(({ key }) => key !== detail.sale.key);
    this.#tell(kind, detail);
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
    this.dispatchEvent(new Event("change"));
  }
}

/** A till of a tab with 24 beers at 700 and 2 cokes at 500, and what it tells. */
function openTill({ basket = new Basket(), outbox = new Kept(), tab = "tab", discountLimit } = {}) {
  const events = [];
  const shelf = new Shelf([product("beer", 700, 24), product("coke", 500, 2)]);
  const checkout = new Checkout({ shelf, basket, outbox, bar: "bar", money: { currency: "XOF", digits: 0 }, tab, discountLimit });
  const counter = new Counter({ shelf, basket, checkout });
  for (const type of ["recorded", "refused", "set_aside"]) {
    checkout.addEventListener(type, ({ detail }) => events.push([type, detail]));
  }
  return { shelf, basket, checkout, counter, outbox, events, left: (id) => counter.left(shelf.get(id)) };
}

test("two taps sell a beer, one on its tile, one on cash, and the next client's turn has come", async () => {
  const { counter, checkout, basket, outbox, events } = openTill();

  counter.add("beer");
  await checkout.pay("cash");

  const [sale] = outbox.sales;
  assert.deepEqual(sale.order, { key: sale.key, payment: "cash", lines: [{ product: "beer", quantity: 1, price: 700 }] });
  assert.deepEqual([sale.total, sale.bar, sale.tab], [700, "bar", "tab"]);
  assert.deepEqual([events, basket.isEmpty, checkout.state], [[["recorded", sale]], true, "open"]);
});

test("a double tap on cash makes one sale", async () => {
  const { counter, checkout, outbox } = openTill();
  counter.add("beer");

  await Promise.all([checkout.pay("cash"), checkout.pay("cash")]);
  await checkout.pay("cash");

  assert.equal(outbox.sales.length, 1);
});

test("a sale goes on a tab, and under another's name", async () => {
  const { counter, checkout, outbox } = openTill();
  counter.add("beer");

  await checkout.pay("tab", { tab: "7", sold_by: "awa" });

  const { payment, tab, sold_by } = outbox.sales[0].order;
  assert.deepEqual([payment, tab, sold_by], ["tab", "7", "awa"]);
});

test("a sale on credit names who owes it", async () => {
  const { counter, checkout, outbox } = openTill();
  counter.add("beer");

  await checkout.pay("credit", { client: "Ibrahim" });

  const { payment, client } = outbox.sales[0].order;
  assert.deepEqual([payment, client], ["credit", "Ibrahim"]);
});

test("a discount within the bar's limit goes off the total with the order, and ends with the sale", async () => {
  const { counter, checkout, basket, outbox } = openTill({ discountLimit: 10 });
  counter.add("beer");
  counter.discount(70);
  assert.deepEqual([basket.total, Basket.from(JSON.parse(JSON.stringify(basket))).total], [630, 630]);

  await checkout.pay("cash");
  counter.add("beer");
  await checkout.pay("cash");

  assert.deepEqual(outbox.sales.map(({ order, total }) => [order.discount, total]), [[70, 630], [undefined, 700]]);
});

test("a discount over the limit, or where none may be given, is refused before anything is sold", async () => {
  for (const [discountLimit, most] of [[10, 70], [undefined, 0]]) {
    const { counter, checkout, basket, outbox, events } = openTill({ discountLimit });
    counter.add("beer");
    counter.discount(71);

    await checkout.pay("cash");

    const lines = [{ text: "most_off", price: most }];
    assert.deepEqual([events, outbox.sales, basket.count], [[["refused", { code: "discount_too_high", detail: "", lines }]], [], 1]);
  }
});

test("a refused sale comes back with its discount, and an emptied basket has none", async () => {
  const { counter, checkout, basket, outbox } = openTill({ discountLimit: 10 });
  counter.add("beer");
  counter.discount(70);
  await checkout.pay("cash");

  outbox.answer("refused", { problem: { code: "not_allowed" }, isFresh: true });
  assert.equal(basket.total, 630);
  counter.put("beer", 0);
  counter.add("beer");

  assert.equal(basket.total, 700);
});

test("the basket takes no more than the shelf has", () => {
  const { counter, basket, left } = openTill();

  const added = [1, 2, 3].map(() => counter.add("coke"));

  assert.deepEqual([added, basket.quantityOf("coke"), left("coke")], [[true, true, false], 2, 0]);
});

test("the shelf shows the sale before the server has answered, and nothing twice after", async () => {
  const { counter, checkout, left, outbox } = openTill();
  counter.add("beer");
  assert.equal(left("beer"), 23);

  await checkout.pay("cash");
  assert.equal(left("beer"), 23);
  counter.hear(stockChanged("beer", 23));
  assert.equal(left("beer"), 23);
  outbox.answer("sold");

  assert.equal(left("beer"), 23);
});

test("a refusal puts the shelf back, the sale into the basket, and says what there is", async () => {
  const { counter, checkout, basket, left, events, outbox } = openTill();
  counter.add("coke");
  counter.add("coke");
  const shortages = [{ product: "coke", name: "Coca", wanted: 2, available: 1 }];

  await checkout.pay("cash");
  outbox.answer("refused", { problem: { code: "stock_insufficient", detail: "", shortages }, isFresh: true });

  assert.deepEqual([basket.quantityOf("coke"), left("coke"), checkout.state, outbox.sales], [2, -1, "open", []]);
  assert.deepEqual(events.at(-1), [
    "refused", { code: "stock_insufficient", detail: "", lines: [{ text: "short", ...shortages[0] }] },
  ]);
  counter.fit();
  assert.deepEqual([basket.quantityOf("coke"), left("coke")], [1, 0]);
});

test("a refusal while the next client is served keeps the sale aside, until the basket is empty", async () => {
  const { counter, checkout, basket, left, events, outbox } = openTill();
  counter.add("coke");
  await checkout.pay("cash");
  counter.add("beer");

  const problem = { code: "not_allowed", detail: "…" };
  outbox.answer("refused", { problem, isFresh: true });
  const [sale] = outbox.sales;
  assert.deepEqual([events.at(-1), left("coke")], [["set_aside", { sale, problem }], 2]);
  assert.equal(checkout.takeUp(sale), false);
  counter.empty();

  assert.equal(checkout.takeUp(sale), true);
  assert.deepEqual([basket.quantityOf("coke"), outbox.sales], [1, []]);
});

test("what was refused long after, or made in another tab, stays out of the basket", async () => {
  const outbox = new Kept();
  const [first, second] = [openTill({ outbox }), openTill({ outbox, tab: "other" })];
  first.counter.add("coke");
  await first.checkout.pay("cash");

  outbox.answer("refused", { problem: { code: "unknown_product", products: ["coke"] } });

  assert.deepEqual([first.basket.isEmpty, second.basket.isEmpty, outbox.sales.length], [true, true, 1]);
  assert.deepEqual([first, second].map(({ events }) => events.at(-1)?.[0]), ["set_aside", undefined]);
});

test("a sale that can't be kept is not made: the basket stays, and what it was refused for is told", async () => {
  const { counter, checkout, basket, left, events, outbox } = openTill();
  outbox.error = "QuotaExceededError";
  counter.add("beer");

  await checkout.pay("cash");

  assert.deepEqual(events, [["refused", { code: "QuotaExceededError", detail: "", lines: [] }]]);
  assert.deepEqual([basket.count, left("beer"), checkout.state], [1, 23, "open"]);
});

test("a refusal for another reason leaves what the server has said meanwhile", async () => {
  const { counter, checkout, left, outbox } = openTill();
  counter.add("beer");
  counter.add("coke");

  await checkout.pay("cash");
  counter.hear(stockChanged("beer", 10));
  outbox.answer("refused", { problem: { code: "not_allowed" }, isFresh: true });
  counter.empty();

  assert.deepEqual([left("beer"), left("coke")], [10, 2]);
});

test("a sale made again after a refusal has another key, and the price of now", async () => {
  const { counter, checkout, outbox } = openTill();
  counter.add("beer");
  await checkout.pay("cash");
  const [first] = outbox.sales;
  const problem = { code: "price_changed", prices: [{ product: "beer", price: 800 }] };
  outbox.answer("refused", { problem, isFresh: true });
  await checkout.pay("cash");

  const [second] = outbox.sales;
  assert.deepEqual([first.order.lines[0].price, second.order.lines[0].price, second.total], [700, 800, 800]);
  assert.notEqual(first.key, second.key);
});

test("a basket that is kept already is told of, and sells again under a new key at a new tap only", async () => {
  const { counter, checkout, outbox, basket, events } = openTill();
  counter.add("beer");
  const { key } = basket;
  outbox.error = "ConstraintError";

  await checkout.pay("cash");
  assert.deepEqual([events.at(-1)[1].code, basket.count, basket.key === key], ["ConstraintError", 1, false]);
  outbox.error = null;
  await checkout.pay("cash");

  assert.notEqual(outbox.sales[0].key, key);
});

test("what waits in the outbox is off the shelf of every tab, of a fresh one and of one that is opened later", async () => {
  const outbox = new Kept();
  const first = openTill({ outbox });
  first.counter.add("beer");
  await first.checkout.pay("cash");

  const second = openTill({ outbox });
  second.checkout.reserve();
  first.counter.restock([product("beer", 700, 24), product("coke", 500, 2)]);
  assert.deepEqual([first.left("beer"), second.left("beer")], [23, 23]);
  outbox.answer("dropped");

  assert.deepEqual([first.left("beer"), second.left("beer")], [24, 24]);
});

test("the same round fills the basket as far as the shelf goes, and says what is short", () => {
  const { counter, basket } = openTill();

  const short = counter.fill([{ product: "beer", quantity: 2, name: "beer" }, { product: "coke", quantity: 3, name: "coke" }, { product: "gone", quantity: 1, name: "gone" }]);

  assert.deepEqual([basket.quantityOf("beer"), basket.quantityOf("coke"), basket.lines.length], [2, 2, 2]);
  assert.deepEqual(short.map(({ name, wanted, available }) => [name, wanted, available]), [["coke", 3, 2], ["gone", 1, 0]]);
});

test("a product that has gone off sale leaves the basket when the sale is refused", async () => {
  const { counter, checkout, basket, events, outbox } = openTill();
  counter.add("beer");
  counter.add("coke");
  counter.hear({ type: "product.changed", data: { product: "coke", price: 500, active: false } });

  await checkout.pay("cash");
  outbox.answer("refused", { problem: { code: "unknown_product", products: ["coke"] }, isFresh: true });

  assert.deepEqual(basket.lines.map((line) => line.product), ["beer"]);
  assert.deepEqual(events.at(-1)[1].lines, [{ text: "withdrawn", name: "coke" }]);
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
