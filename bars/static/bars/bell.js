import { feed } from "../realtime/page_feed.js";
import { glow } from "../ui/changes.js";
import { jsonOf, texts } from "../ui/texts.js";
import { Notices } from "./notices.js";
import { NoticesSheet } from "./notices_sheet.js";
import { SystemAlert } from "./system_alert.js";

const MOST_SHOWN = 9;
const KINDS = ["created", "resolved", "read", "deleted"].map((what) => `notification.${what}`);

// <notice-bell>: how many notices are unread, on this page and kept so; its sheet lists them.
class NoticeBell extends HTMLElement {
  #t = texts("bell-texts");
  #notices;

  connectedCallback() {
    const { count, streams, bars } = jsonOf("bell");
    const notices = (this.#notices = new Notices(count));
    notices.addEventListener("change", () => this.#draw());
    new NoticesSheet(this.querySelector("[popover]"), notices, { t: this.#t, bars });
    feed.addEventListener("status", () => notices.isFailed && notices.refresh());
    const alert = new SystemAlert(this);
    const lookAgain = () => void notices.refresh(); // whether it is for this person and unread, the server knows
    const patch = { ...Object.fromEntries(KINDS.map((kind) => [kind, lookAgain])), "system.alerted": ({ data }) => alert.show(data) };
    for (const [stream, since] of Object.entries(streams)) {
      // No topics: every one that the person may see, so that a role that changes takes nothing from the page's own.
      feed.subscribe(stream, { since, patch, reset: () => notices.reset(stream) });
    }
  }

  #draw() {
    const { unread } = this.#notices;
    const [button, count] = [this.querySelector(".bell"), this.querySelector("[data-count]")];
    const text = unread > MOST_SHOWN ? `${MOST_SHOWN}+` : String(unread);
    if (count.textContent !== text && unread) glow(count);
    [count.textContent, count.hidden] = [text, unread === 0];
    button.ariaLabel = unread ? this.#t("bell", { count: unread }) : this.#t("bell_none");
  }
}

customElements.define("notice-bell", NoticeBell);
