import { drawMessages, linesOf } from "./message_rows.js";

const NEAR_PX = 60; // from the end counts as at the end

// The messages of the open conversation on the page: stays at the newest, or where somebody reads.
export class ThreadView {
  #room;
  #t;
  #moderates;
  #place;
  #shown = { open: null, first: "", last: "" };

  constructor(place, room, { t, moderates }) {
    [this.#place, this.#room, this.#t, this.#moderates] = [place, room, t, moderates];
    this.#scroll.addEventListener("scroll", () => this.#isAtEnd && this.#find("newest").toggleAttribute("hidden", true));
  }

  toNewest = () => (this.#scroll.scrollTop = this.#scroll.scrollHeight);

  draw() {
    const { open, me, talks } = this.#room;
    const lines = linesOf(open, me);
    const [scroll, wasAtEnd] = [this.#scroll, this.#isAtEnd];
    const fromEnd = scroll.scrollHeight - scroll.scrollTop;
    const [first, last] = [lines[0]?.key, lines.at(-1)?.key];
    const isOther = open !== this.#shown.open;
    const mayDelete = ({ author }) => author === me || (this.#moderates && Boolean(open.row.bar));
    const template = this.#place.querySelector("#message-row");
    drawMessages(this.#place.querySelector("[data-messages]"), template, lines, { open, me, names: talks.names, mayDelete, t: this.#t });
    this.#drawAround(open, lines);
    if (isOther || wasAtEnd || lines.at(-1)?.isSending) this.toNewest();
    else if (first !== this.#shown.first) scroll.scrollTop = scroll.scrollHeight - fromEnd;
    else if (last !== this.#shown.last) this.#find("newest").hidden = false;
    this.#shown = { open, first, last };
  }

  #drawAround({ thread, row }, lines) {
    this.#find("older").hidden = thread.next === null;
    const nothing = this.#place.querySelector("[data-first]");
    nothing.hidden = !thread.isLoaded || lines.length > 0;
    nothing.textContent = row.bar ? this.#t("first_team") : this.#t("first_of_two", { name: row.name });
  }

  #find = (verb) => this.#place.querySelector(`[data-verb=${verb}]`);

  get #scroll() {
    return this.#place.querySelector("[data-scroll]");
  }

  get #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroll;
    return scrollHeight - scrollTop - clientHeight < NEAR_PX;
  }
}
