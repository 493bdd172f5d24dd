import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyOf, numberOf } from "../../config/static/ui/form_body.js";

/** A form as bodyOf sees one: fields in order, each in the item that it is given with. */
function form(fields, items = []) {
  const inside = items.flatMap(({ fields: some }) => some);
  const elements = [...fields, ...inside].map((field) => {
    const item = items.find(({ fields: some }) => some.includes(field));
    return { type: "text", value: "", dataset: {}, ...field, closest: () => item };
  });
  const rows = items.map(({ list, fields: some, disabled = false }) => ({
    disabled,
    dataset: { item: list },
    querySelector: () => some.find(({ isNeeded }) => isNeeded),
    querySelectorAll: () => elements.filter(({ name, value }) => some.some((one) => one.name === name && (one.value ?? "") === value)),
  }));
  return { elements, querySelectorAll: () => rows };
}

test("an amount is read as people write it, in the smallest unit of its currency", () => {
  assert.deepEqual(["1 500", "1\u202f500", "1500,5", "0", ""].map((text) => numberOf(text, 0)), [1500, 1500, undefined, 0, undefined]);
  assert.deepEqual(["1500,5", "19.99", "0,005", "12,3,4", "douze"].map((text) => numberOf(text, 2)), [150050, 1999, undefined, undefined, undefined]);
});

test("a field's type is what the API wants, and what is empty is left out", () => {
  const asked = form([
    { name: "name", value: " Fanta " },
    { name: "price", value: "1 500", dataset: { as: "amount" } },
    { name: "count", value: "12", dataset: { as: "int" } },
    { name: "note" },
    { name: "category", dataset: { as: "null" } },
    { name: "is_active", type: "checkbox", checked: false },
    { name: "owner.name", value: "Yao" },
    { name: "shown", value: "x", disabled: true },
  ]);

  assert.deepEqual(bodyOf(asked), { name: "Fanta", price: 1500, count: 12, category: null, is_active: false, owner: { name: "Yao" } });
});

test("what is no number goes as it was typed, so that the server says what is wrong with it", () => {
  assert.deepEqual(bodyOf(form([{ name: "price", value: "beaucoup", dataset: { as: "amount" } }])), { price: "beaucoup" });
});

test("of radios and lists of ticks the chosen count, and names in the address stay out", () => {
  const asked = form([
    { name: "sale", value: "7" },
    { name: "payment", type: "radio", value: "cash", checked: false },
    { name: "payment", type: "radio", value: "card", checked: true },
    { name: "sales", type: "checkbox", value: "a", checked: true, dataset: { as: "list" } },
    { name: "sales", type: "checkbox", value: "b", checked: false, dataset: { as: "list" } },
    { name: "sales", type: "checkbox", value: "c", checked: true, dataset: { as: "list" } },
  ]);

  assert.deepEqual(bodyOf(asked, { without: ["sale"] }), { payment: "card", sales: ["a", "c"] });
});

test("a row counts once the field that it can't be without is filled, and a list without rows is an empty list", () => {
  const row = (product, quantity) => ({
    list: "lines",
    fields: [{ name: "product", value: product }, { name: "quantity", value: quantity, isNeeded: true, dataset: { as: "int" } }],
  });

  assert.deepEqual(bodyOf(form([], [row("beer", "2"), row("gin", "")])), { lines: [{ product: "beer", quantity: 2 }] });
  assert.deepEqual(bodyOf(form([], [row("gin", "")])), { lines: [] });
});
