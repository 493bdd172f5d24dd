import { answerOf, get, post } from "../ui/request.js";
import { cursorOf } from "./cursors.js";
import { Drafts } from "./drafts.js";
import { OpenTalk } from "./open_talk.js";
import { Talks } from "./talks.js";
import { Typists } from "./typing.js";

const API = "/api/v1/conversations";

// All that a chat page knows: its conversations, the one that is open, who is here and who types. Tells of each "change".
export class ChatRoom extends EventTarget {
  me;
  talks;
  open = null; // an OpenTalk
  here = new Set();
  #drafts = new Drafts();
  changed = () => this.dispatchEvent(new Event("change"));
  typists = new Typists(this.changed);

  constructor(start) {
    super();
    this.me = start.me;
    this.talks = new Talks(start);
  }

  /** Opens the conversation of a row of the list; with a colleague it begins with that. */
  async enter(key) {
    this.open?.leave();
    this.open = null;
    this.changed();
    const row = this.talks.rows.find((one) => one.key === key);
    if (!row) return;
    const id = row.id ?? (await this.#begin(row.person));
    this.open = new OpenTalk({ ...row, id }, { me: this.me, drafts: this.#drafts, changed: this.changed });
    this.open.load();
    this.changed();
  }

  signal = ({ data }) => data?.person !== this.me && this.typists.hear(data);

  presence = ({ joined, left }) => {
    joined.forEach((person) => this.here.add(person));
    left.forEach((person) => this.here.delete(person));
    this.changed();
  };

  /** Reads all again; promises the cursor of a stream that it was read after. */
  async reset(stream) {
    const cursor = await cursorOf(stream);
    await Promise.all([this.refresh(), this.open?.reload()]);
    return cursor;
  }

  /** Reads the list again. */
  async refresh() {
    this.talks.replace((await answerOf(get(API))).conversations);
    this.changed();
  }

  async #begin(person) {
    const begun = await answerOf(post(API, { person }));
    this.talks.put(begun);
    return begun.id;
  }
}
