import assert from "node:assert/strict";
import { test } from "node:test";
import { moneyFormat } from "../../config/static/ui/money.js";
import { textsOf } from "../../config/static/ui/texts.js";
import { uuid } from "../../realtime/static/realtime/identity.js";
import { matches } from "../../sales/static/sales/matching.js";
import { stockWords } from "../../sales/static/sales/stock_words.js";

const spaced = (text) => text.replace(/\s/g, " ");

test("an amount is written as its readers write it", () => {
  assert.equal(spaced(moneyFormat("XOF", 0, "fr")(1500)), "1 500 F CFA");
  assert.equal(spaced(moneyFormat("XOF", 0, "en")(1500)), "F CFA 1,500");
  assert.equal(spaced(moneyFormat("USD", 2, "fr")(129)), "1,29 $US");
  assert.equal(moneyFormat("USD", 2, "en")(129), "$1.29");
});

test("a text takes its plural form and its values", () => {
  const left = { one: "{count} reste", other: "{count} restent" };
  const t = textsOf({ left, hello: "Bonsoir {name}" }, "fr");

  assert.deepEqual([0, 1, 2].map((count) => t("left", { count })), ["0 reste", "1 reste", "2 restent"]);
  assert.deepEqual([t("hello", { name: "Awa" }), t.knows("left"), t.knows("x")], ["Bonsoir Awa", true, false]);
});

test("a search forgives accents, capitals and the order of words", () => {
  const biere = { name: "Bière Beaufort 65 cl", category: "Bières" };

  assert.equal(matches(biere, "beau BIERE", "Sodas"), true);
  assert.equal(matches(biere, "coca", ""), false);
  assert.deepEqual(["", "Bières", "Sodas"].map((chosen) => matches(biere, " ", chosen)), [true, true, false]);
});

test("a tile says in words what is left", () => {
  const t = (name, { count = "" } = {}) => `${name}${count}`;
  const words = (available, left) => stockWords({ available, left, alert_threshold: 6 }, t);

  assert.deepEqual(words(24, 23), { level: "ok", words: "in_stock23" });
  assert.deepEqual(words(7, 6), { level: "low", words: "few_left6" });
  assert.deepEqual(words(2, 0), { level: "taken", words: "all_taken" });
  assert.deepEqual(words(0, 0), { level: "out", words: "sold_out" });
});

test("an id is a random UUID of version 4", () => {
  assert.match(uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(uuid(), uuid());
});
