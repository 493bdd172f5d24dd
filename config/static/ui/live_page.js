import { pause } from "../realtime/backoff.js";
import { feed } from "../realtime/page_feed.js";
import { swap } from "./swap.js";

const LEAST_MS = 1_000; // between two readings of a page, however much happens

// <live-page data-stream data-topics="sales stock" data-since>: reads its page again when something happens there, and
// puts what is new into the elements marked data-live. Hidden pages wait until they are looked at, and what a sheet
// was open in until it is closed.
class LivePage extends HTMLElement {
  #readAt = -LEAST_MS;
  #isOwed = false;

  connectedCallback() {
    const { stream, topics, since } = this.dataset;
    document.addEventListener("close", () => this.#isOwed && this.#reread().catch(() => {}), { capture: true });
    if (!stream) return;
    const reset = () => this.#reread();
    feed.subscribe(stream, { since, topics: topics?.split(" "), patch: () => false, reset });
  }

  /** Reads the page now; promises the cursor that it is right at. Rejects where it can't be had. */
  async refresh() {
    this.#readAt = performance.now();
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) throw new Error(`${location.href}: ${response.status}`);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    this.#isOwed = swap(page);
    return page.querySelector("live-page")?.dataset.since;
  }

  async #reread() {
    await pause(Math.max(0, this.#readAt + LEAST_MS - performance.now()));
    await seen();
    return this.refresh();
  }
}

/** Promises that somebody looks at the page. */
function seen() {
  if (!document.hidden) return undefined;
  return new Promise((resolve) => {
    document.addEventListener("visibilitychange", resolve, { once: true });
  });
}

customElements.define("live-page", LivePage);
