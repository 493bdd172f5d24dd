import { feed } from "../realtime/page_feed.js";
import { chatEvents } from "./chat_events.js";

/** Keeps a chat room as the server has it, from the cursors on that its page was made at. */
export function followChat(room, { bar, me, cursors }) {
  const { signal, presence } = room;
  const patch = chatEvents(room);
  const follow = (stream, options) => feed.subscribe(stream, { since: cursors[stream], patch, signal, reset: () => room.reset(stream), ...options });
  follow(`bar.${bar}`, { topics: ["messages", "presence"], presence });
  follow(`user.${me}`, { topics: ["messages"] });
  feed.addEventListener("status", () => feed.status === "live" && room.open?.outbox.retryAll());
}
