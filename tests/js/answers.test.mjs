import assert from "node:assert/strict";
import { test } from "node:test";
import { showAnswers } from "../../sales/static/sales/answers.js";

/** What is shown of a till: the toast's last words, whose sale they are about, and its verbs. */
class Toasts extends EventTarget {
  show = (amount, words, verbs = []) => Object.assign(this, { amount, words, verbs });
  amend = (words, verbs = []) => Object.assign(this, { words, verbs });
  clear = () => Object.assign(this, { amount: null, words: null, verbs: [] });
}

/** Asked to take a sale back, it leaves the answer to the test. */
class Outbox extends EventTarget {
  asked = [];
  undo = (sale) => new Promise((answer) => this.asked.push({ sale, answer }));
}

const sale = (key, total) => ({ key, total, order: { payment: "cash" } });
const tell = (target, kind, detail) => target.dispatchEvent(new CustomEvent(kind, { detail }));

function opened() {
  const [toasts, checkout, outbox] = [new Toasts(), new EventTarget(), new Outbox()];
  const elements = { "toast-area": toasts, "sale-notice": { hide() {}, show() {} } };
  showAnswers({ querySelector: (name) => elements[name] }, { checkout, outbox, t: (words) => words, money: (minor) => minor });
  return { toasts, checkout, outbox, undo: () => toasts.dispatchEvent(new Event("undo")) };
}

test("an undo without an answer is asked again of its own sale, whatever was sold meanwhile", async () => {
  const { toasts, checkout, outbox, undo } = opened();
  const [first, second] = [sale("one", 1500), sale("two", 700)];

  tell(checkout, "recorded", first);
  undo();
  tell(checkout, "recorded", second);
  outbox.asked[0].answer({ kind: "unclear" });
  await new Promise(setImmediate);
  const shown = [toasts.amount, toasts.words, toasts.verbs];
  undo();

  assert.deepEqual(shown, [1500, "undo_unclear", ["undo"]]);
  assert.deepEqual(outbox.asked.map((one) => one.sale), [first, first]);
});
