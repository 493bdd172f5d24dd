import { keepAwake } from "./awake.js";
import { Feed } from "./feed.js";
import { Following } from "./following.js";

// The realtime client: docs/sdk.md.

export { Refused } from "./calls.js";

/**
 * A feed of this page. `mode` is the best transport to use: auto (websocket), websocket, sse or poll. `url` is the
 * server's origin. `user` is the key of who is signed in, <html data-user> where missing: tabs of one user share a line.
 */
export function connect(options) {
  const feed = new Feed(options);
  keepAwake(feed);
  return feed;
}

let own;

/** Follow the events of one stream as a list; Following names the options. `feed` where the page has one. */
export const follow = ({ feed = (own ??= connect()), ...options }) => new Following(feed, options);
