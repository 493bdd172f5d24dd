import { jsonOf, texts } from "../ui/texts.js";
import { followChat } from "./chat_following.js";
import { ChatRoom } from "./chat_room.js";
import { takeTaps } from "./message_taps.js";
import { drawTalks } from "./talk_rows.js";
import { drawHead } from "./thread_head.js";
import { ThreadView } from "./thread_view.js";
import { WriteBox } from "./write_box.js";

// <staff-chat data-view>: conversations of a bar's team. The address's hash names the one that is open.
class StaffChat extends HTMLElement {
  #t = texts("texts");
  #start = jsonOf("chat");
  #room = new ChatRoom(this.#start);
  #view;
  #box;

  connectedCallback() {
    const [room, t] = [this.#room, this.#t];
    this.#view = new ThreadView(this, room, { t, moderates: this.#start.moderates });
    this.#box = new WriteBox(this.querySelector("form"), room);
    takeTaps(this, room, { view: this.#view, t });
    room.addEventListener("change", () => this.#draw());
    addEventListener("hashchange", () => this.#enter());
    document.addEventListener("visibilitychange", () => this.#draw());
    followChat(room, this.#start);
    this.#enter();
  }

  async #enter() {
    await this.#room.enter(location.hash.slice(1)).catch(() => history.replaceState(null, "", location.pathname));
    const { open } = this.#room;
    if (!open) return;
    this.#box.show(open.text);
    if (matchMedia("(hover: hover)").matches) this.#box.focus(); // on a phone the keyboard would cover what was said
  }

  #draw() {
    const { open } = this.#room;
    this.dataset.view = open ? "thread" : "list";
    drawTalks(this, this.#room, this.#t);
    this.querySelectorAll("[data-thread]").forEach((part) => (part.hidden = !open));
    this.querySelector("[data-none]").hidden = Boolean(open);
    if (!open) return;
    drawHead(this, this.#room, this.#t);
    this.#view.draw();
    if (!document.hidden) open.readAll();
  }
}

customElements.define("staff-chat", StaffChat);
