import { Place } from "./place.js";

const epochOf = (cursor) => cursor.slice(0, cursor.lastIndexOf(":"));
const seqOf = (cursor) => Number(cursor.slice(cursor.lastIndexOf(":") + 1));
const EVERY_LOG_TOPIC = "*"; // says beside named topics what no topics say alone

// What the tabs of this browser follow, as the leading tab knows it: a copy of the place of each of their subscriptions.
export class Asked {
  #entries = new Map(); // by tab and key

  get isEmpty() {
    return this.#entries.size === 0;
  }

  /** One want a stream, for the server: all topics, since the least cursor of all who follow it. */
  get wants() {
    return [...new Set([...this.#entries.values()].map(({ stream }) => stream))].map((stream) => this.want(stream));
  }

  want(stream) {
    const entries = this.of(stream);
    const [since] = entries.flatMap(({ place }) => place.since ?? []).sort((a, b) => seqOf(a) - seqOf(b));
    return { stream, topics: topicsOf(entries.map(({ topics }) => topics)), since };
  }

  of(stream) {
    return [...this.#entries.values()].filter((entry) => entry.stream === stream);
  }

  put(tab, { key, stream, topics, since, question }) {
    this.#entries.set(`${tab} ${key}`, { tab, stream, topics, question, place: new Place(since, question) });
  }

  /** Who stands in another epoch than this cursor: no question can hold both. */
  strays(stream, since) {
    return since ? this.of(stream).filter(({ place }) => place.since && epochOf(place.since) !== epochOf(since)) : [];
  }

  drop(tab, key) {
    this.#entries.delete(`${tab} ${key}`);
  }

  leave(tab) {
    for (const [key, entry] of this.#entries) if (entry.tab === tab) this.#entries.delete(key);
  }

  dropStream(stream) {
    for (const [key, entry] of this.#entries) if (entry.stream === stream) this.#entries.delete(key);
  }
}

function topicsOf(lists) {
  if (lists.every((topics) => !topics)) return undefined;
  return [...new Set(lists.flatMap((topics) => topics ?? [EVERY_LOG_TOPIC]))].sort();
}
