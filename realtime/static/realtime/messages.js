// What a message of the protocol means to single subscriptions: joined, beat, frame, state or reset.
export function bySubscription(message) {
  switch (message.type) {
    case "welcome":
      return message.subs.map((sub) => ({ ...sub, type: "joined" }));
    case "subscribed":
      return [{ ...message, type: "joined" }];
    case "beat":
      return Object.entries(message.heads).map(([stream, head]) => ({ type: "beat", stream, head }));
    case "frame":
    case "state":
    case "reset":
    case "at":
      return [message];
    default:
      return [];
  }
}

/** A joint cursor, one for each want in order, as messages that say where the page stands. */
export function positions(wants, jointCursor) {
  const cursors = jointCursor.split(",");
  return wants.flatMap(({ stream }, i) => (cursors[i] ? [{ type: "at", stream, cursor: cursors[i] }] : []));
}

/** What the HTTP twins take: the same wants as a query string. */
export function query(wants) {
  return new URLSearchParams({
    streams: wants.map(({ stream }) => stream).join(),
    topics: [...new Set(wants.flatMap(({ topics = [] }) => topics))].join(),
    since: wants.map(({ since = "" }) => since).join(),
  });
}
