import { feed } from "../realtime/page_feed.js";
import { answerOf, get } from "../ui/request.js";
import { jsonOf, texts } from "../ui/texts.js";
import { chatEvents } from "./chat_events.js";
import { cursorOf } from "./cursors.js";
import { Talks } from "./talks.js";

const MOST_SHOWN = 99;
const API = "/api/v1/conversations";

// <chat-count>: how many messages somebody hasn't read, on the tab that leads to them. A chat room without a room.
class ChatCount extends HTMLElement {
  open = null;
  typists = { hear() {} };
  #t = texts("chat-count-texts");

  connectedCallback() {
    const { me, bar, cursors, conversations } = jsonOf("chat-count");
    this.me = me;
    this.talks = new Talks({ me, bar, people: [], conversations });
    const patch = chatEvents(this);
    for (const [stream, since] of Object.entries(cursors)) {
      feed.subscribe(stream, { since, topics: ["messages"], patch, reset: () => this.#reset(stream) });
    }
    this.changed();
  }

  changed() {
    const count = this.talks.rows.reduce((sum, { unread }) => sum + unread, 0);
    [this.textContent, this.hidden] = [count > MOST_SHOWN ? `${MOST_SHOWN}+` : count, count === 0];
    [this.role, this.ariaLabel] = ["img", this.#t("unread", { count })];
  }

  /** Reads the list again. */
  async refresh() {
    this.talks.replace((await answerOf(get(API))).conversations);
    this.changed();
  }

  async #reset(stream) {
    const cursor = await cursorOf(stream);
    await this.refresh();
    return cursor;
  }
}

customElements.define("chat-count", ChatCount);
