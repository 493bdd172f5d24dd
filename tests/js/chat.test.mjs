import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf } from "../../bars/static/bars/message_rows.js";
import { dayOf, momentOf } from "../../bars/static/bars/moments.js";
import { agoOf, linkOf, sentenceOf } from "../../bars/static/bars/notice_words.js";
import { Talks } from "../../bars/static/bars/talks.js";
import { Thread } from "../../bars/static/bars/thread.js";
import { Typists, TypingSignal } from "../../bars/static/bars/typing.js";

const ID = (n) => `019a0000-0000-7000-8000-00000000000${n}`;
const message = (n, text = `text ${n}`) => ({ id: ID(n), number: n, author: "awa", name: "Awa", text, created_at: "", is_deleted: false });
const heard = (n, text = `text ${n}`) => ({ message: ID(n), conversation: "team", number: n, author: "awa", text });
const texts = (thread) => thread.messages.map(({ text }) => text);

test("what is heard before its page is read stands once and in order", () => {
  const thread = new Thread();

  thread.hear(heard(3));
  thread.take({ messages: [message(2), message(1)], marks: [], next: null });
  thread.hear(heard(2));

  assert.deepEqual(texts(thread), ["text 1", "text 2", "text 3"]);
});

test("a page that was read before a message was taken back does not bring its text back", () => {
  const thread = new Thread();

  thread.delete(ID(1));
  thread.take({ messages: [message(1, "regretted")], marks: [], next: null });

  assert.deepEqual(texts(thread), [""]);
});

test("a mark never goes back, and one's own is none of a reader", () => {
  const thread = new Thread();

  [["koffi", 5], ["koffi", 3], ["awa", 9]].forEach(([person, number]) => thread.mark(person, number));

  assert.deepEqual([thread.readers(5, "awa"), thread.readers(6, "awa")], [1, 0]);
});

test("a message that is replayed is counted once, an own one never", () => {
  const team = { id: "team", bar: "7", person: null, name: "Bar", unread: 0, last: null };
  const talks = new Talks({ me: "koffi", bar: "7", people: [], conversations: [team] });

  talks.hear(heard(1), "t");
  talks.hear(heard(1), "t");
  talks.hear({ ...heard(2), author: "koffi" }, "t");

  assert.deepEqual([talks.rows[0].unread, talks.rows[0].last.number], [1, 2]);
  assert.equal(talks.hear({ ...heard(1), conversation: "unknown" }, "t"), false);
});

test("another bar's team is not listed, a colleague without a word is, after those with", () => {
  const two = { id: "two", bar: null, person: "awa", name: "Awa", unread: 0, last: null };
  const other = { id: "other", bar: "8", person: null, name: "Other", unread: 0, last: null };
  const people = [{ person: "aya", name: "Aya" }, { person: "awa", name: "Awa" }];

  const talks = new Talks({ me: "koffi", bar: "7", people, conversations: [other, two] });

  assert.deepEqual(talks.rows.map(({ key, id }) => [key, id]), [["awa", "two"], ["aya", null]]);
});

test("an own message heard before its answer stands once", () => {
  const thread = new Thread();
  thread.hear({ ...heard(1), author: "koffi" });
  const unsent = [{ key: "k1", text: "text 1", isSending: true, id: ID(1) }, { key: "k2", text: "next", created_at: "" }];

  const lines = linesOf({ thread, outbox: { unsent } }, "koffi");

  assert.deepEqual(lines.map(({ key }) => key), [ID(1), "k2"]);
});

test("typing is told every three seconds, and its end once", () => {
  const sent = [];
  let now = 0;
  const signal = new TypingSignal((name) => sent.push(name), () => now);

  for (now = 0; now <= 6_000; now += 500) signal.type();
  signal.stop();
  signal.stop();

  assert.deepEqual(sent, ["typing.start", "typing.start", "typing.start", "typing.stop"]);
});

test("who types is forgotten after five seconds without another sign", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const typists = new Typists(() => {});

  typists.hear({ conversation: "team", person: "awa", typing: true });
  t.mock.timers.tick(4_900);
  const before = typists.of("team");
  t.mock.timers.tick(200);

  assert.deepEqual([before, typists.of("team"), typists.of("other")], [["awa"], [], []]);
});

test("times are words", () => {
  const now = () => Date.parse("2026-11-21T20:00:00Z");
  const ago = agoOf("en", now);
  const at = (seconds) => new Date(now() - seconds * 1_000).toISOString();

  assert.deepEqual([0, 59, 60, 3_599, 7_200, 90_000].map((s) => ago(at(s))), ["now", "now", "1 min. ago", "59 min. ago", "2 hr. ago", "yesterday"]);
  assert.equal(ago(at(-30)), "now"); // the server's clock is ahead of the phone's
  assert.equal(momentOf("019a0000-0000-7000-8000-000000000000"), new Date(0x019a00000000).toISOString());
  assert.deepEqual([0, 86_400].map((s) => dayOf("en", (name) => name, now)(at(s))), ["today", "yesterday"]);
});

test("a kind that nobody knows yet has a sentence and no dangerous link", () => {
  const t = (name) => name;

  assert.equal(sentenceOf({ kind: "constructor", data: {} }, { t }), "something");
  assert.equal(linkOf({ kind: "stock_low", stream: "bar.7" }), "/bars/7/tonight");
  assert.equal(linkOf({ kind: "any", stream: "user.7" }), null);
});
