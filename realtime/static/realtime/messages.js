// What a message of the protocol means to single streams.
export function bySubscription(message) {
  switch (message.type) {
    case "welcome":
      return message.subs.map((sub) => ({ ...sub, type: "joined" }));
    case "subscribed":
      return [{ ...message, type: "joined" }];
    case "beat":
      return Object.entries(message.heads).map(([stream, head]) => ({ type: "beat", stream, head, sent: message.sent?.[stream] }));
    case "joined":
    case "frame":
    case "state":
    case "reset":
    case "presence":
    case "signal":
    case "refused":
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

/** The HTTP twins answer a question by taking it. */
export const taken = (wants) => wants.map(({ stream }) => ({ type: "joined", stream, result: "taken" }));

/** What the HTTP twins take: the same wants as a query string; topics that differ by stream stand between semicolons. */
export function query(wants) {
  const topics = wants.map(({ topics = [] }) => topics.join());
  return new URLSearchParams({
    streams: wants.map(({ stream }) => stream).join(),
    topics: new Set(topics).size > 1 ? topics.join(";") : topics[0],
    since: wants.map(({ since = "" }) => since).join(),
  });
}
