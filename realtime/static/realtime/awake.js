/** Keeps a feed in step with its page: it sleeps without network and in the back cache, and wakes when somebody looks. */
export function keepAwake(feed, page = globalThis) {
  const isSeen = () => page.document.visibilityState === "visible";
  page.addEventListener("online", () => feed.reconnect());
  page.addEventListener("offline", () => feed.disconnect());
  page.addEventListener("pagehide", () => feed.close()); // an open connection keeps a page out of the back cache
  page.addEventListener("pageshow", ({ persisted }) => persisted && feed.reconnect());
  page.document.addEventListener("visibilitychange", () => isSeen() && feed.reconnect());
}
