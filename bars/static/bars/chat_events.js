import { momentOf } from "./moments.js";

/** What the events of a stream do to a chat room, by type. */
export function chatEvents(room) {
  /** Shows an event in the conversation that is open; the list is read again where it doesn't hold the event. */
  function tell({ conversation }, show, isListed) {
    if (room.open?.row.id === conversation) show(room.open);
    if (!isListed) room.refresh().catch(() => {}); // the next event, or a reload, will tell
    room.changed();
  }

  function created(data) {
    room.typists.hear({ conversation: data.conversation, person: data.author, typing: false });
    tell(data, (open) => open.hear(data), room.talks.hear(data, momentOf(data.message)));
  }

  function read(data) {
    const isListed = data.reader !== room.me || room.talks.read(data);
    tell(data, (open) => open.thread.mark(data.reader, data.number), isListed);
  }

  return {
    "message.created": ({ data }) => created(data),
    "message.deleted": ({ data }) => tell(data, (open) => open.thread.delete(data.message), room.talks.delete(data)),
    "message.read": ({ data }) => read(data),
  };
}
