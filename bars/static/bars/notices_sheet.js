import { ProductNames } from "./product_names.js";
import { drawNotices } from "./notice_rows.js";

const EVERY_MS = 30_000; // for the words that say how long ago

// The popover of the bell: the newest notices, each with what can be done about it.
export class NoticesSheet {
  #sheet;
  #notices;
  #words;
  #names = new ProductNames();

  /** `words`: t, the sentences; bars, the name, currency and digits of each bar by its stream. */
  constructor(sheet, notices, words) {
    [this.#sheet, this.#notices, this.#words] = [sheet, notices, words];
    notices.addEventListener("change", () => this.#draw());
    sheet.addEventListener("toggle", ({ newState }) => (newState === "open" ? notices.open() : this.#close()));
    sheet.addEventListener("click", ({ target }) => this.#tap(target));
    addEventListener("pagehide", () => notices.going.settle());
    setInterval(() => this.#isOpen && this.#draw(), EVERY_MS);
  }

  get #isOpen() {
    return this.#sheet.matches(":popover-open");
  }

  #close() {
    this.#notices.going.settle();
    if (document.activeElement === document.body) this.#sheet.previousElementSibling.focus();
  }

  #tap(target) {
    const verb = target.closest("[data-verb]")?.dataset.verb;
    const row = target.closest("li");
    const { read, readAll, going } = this.#notices;
    const [putAway, undo] = [(id) => going.begin(id), (id) => going.undo(id)];
    ({ read, "read-all": readAll, "put-away": putAway, undo })[verb]?.(row?.dataset.key);
    const next = { read: "[data-link]", undo: "[data-link]", "put-away": "[data-verb=undo]" }[verb]; // what was tapped goes
    if (next && target.closest("button")) requestAnimationFrame(() => row.querySelector(next)?.focus());
  }

  async #draw() {
    const { rows, isKnown, isFailed, unread } = this.#notices;
    if (!rows) return;
    await this.#names.know(rows);
    const show = (name, isShown) => (this.#sheet.querySelector(name).hidden = !isShown);
    show("[data-state=failed]", isFailed);
    show("[data-state=loading]", !isKnown && !isFailed);
    show("[data-state=empty]", isKnown && rows.length === 0);
    show("[data-verb=read-all]", unread > 0);
    drawNotices(this.#sheet, this.#notices, { ...this.#words, nameOf: this.#names.of });
  }
}
