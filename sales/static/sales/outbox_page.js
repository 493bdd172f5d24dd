import * as line from "./sending.js";
import { exclusively } from "./exclusively.js";
import { Outbox } from "./outbox.js";
import { OutboxStore } from "./outbox_store.js";

// The outbox of who this page was made for, on every page of theirs.

const { user = "", name = "" } = document.documentElement.dataset;

function later(task, ms) {
  const timer = setTimeout(task, ms);
  return () => clearTimeout(timer);
}

export const outbox = new Outbox({
  user,
  name,
  line,
  later,
  store: new OutboxStore(),
  exclusively: exclusively(`outbox.${user}`),
  channel: new BroadcastChannel(`outbox.${user}`),
  isOnline: () => navigator.onLine,
});

addEventListener("online", outbox.drain);
document.addEventListener("visibilitychange", () => document.hidden || outbox.drain());
outbox.open().catch(() => {}); // a browser that keeps nothing says so when something is to be kept
