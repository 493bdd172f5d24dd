import { Feed } from "./feed.js";

// The one feed of a page, in the mode chosen on this device, awake when the network or the reader comes back.

const MODE = "feed.mode";

export const chosenMode = () => localStorage.getItem(MODE) ?? "websocket";

export const feed = new Feed({ mode: chosenMode() });

export function chooseMode(mode) {
  localStorage.setItem(MODE, mode);
  feed.setMode(mode);
}

const isDown = () => !["live", "polling"].includes(feed.status);

addEventListener("online", () => feed.reconnect());
addEventListener("offline", () => feed.disconnect());
addEventListener("pagehide", () => feed.disconnect()); // an open connection keeps a page out of the back cache
addEventListener("pageshow", ({ persisted }) => persisted && feed.reconnect());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && isDown()) feed.reconnect();
});
feed.addEventListener("signed_out", () => {
  location.assign(`/login/?next=${encodeURIComponent(location.pathname)}`);
});
