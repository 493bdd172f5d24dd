import { connect } from "./index.js";

// The feed of our pages, in the mode chosen on this device; who is signed out goes to sign in.

const MODE = "feed.mode";

export const chosenMode = () => localStorage.getItem(MODE) ?? "websocket";

export const feed = connect({ mode: chosenMode() });

export function chooseMode(mode) {
  localStorage.setItem(MODE, mode);
  feed.setMode(mode);
}

feed.addEventListener("signed_out", () => {
  location.assign(`/login/?next=${encodeURIComponent(location.pathname)}`);
});
