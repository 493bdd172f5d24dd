import { momentOf } from "./moments.js";

// The messages of one conversation: pages of the past, patched by events. Each message is here once, by its id.
export class Thread {
  #messages = new Map();
  #deleted = new Set(); // also what a page that was read before says otherwise
  marks = new Map(); // how far each has read, by person
  next = null; // asks for older ones
  isLoaded = false;

  /** Oldest first. */
  get messages() {
    return [...this.#messages.values()].sort((a, b) => a.number - b.number);
  }

  get newest() {
    return this.messages.at(-1)?.number ?? 0;
  }

  has = (id) => this.#messages.has(id);

  /** A page as GET …/messages answers it. */
  take({ messages, marks, next }) {
    messages.forEach((message) => this.put(message));
    marks.forEach(({ person, number }) => this.mark(person, number));
    [this.next, this.isLoaded] = [next, true];
  }

  put(message) {
    const isDeleted = message.is_deleted || this.#deleted.has(message.id);
    this.#messages.set(message.id, { ...message, is_deleted: isDeleted, text: isDeleted ? "" : message.text });
  }

  /** message.created; its text is empty where it was taken back since. */
  hear({ message: id, number, author, text }) {
    if (!this.has(id)) this.put({ id, number, author, text, created_at: momentOf(id), is_deleted: text === "" });
  }

  delete(id) {
    this.#deleted.add(id);
    if (this.has(id)) this.put(this.#messages.get(id));
  }

  mark(person, number) {
    this.marks.set(person, Math.max(number, this.marks.get(person) ?? 0));
  }

  /** How many others have read up to this number. */
  readers(number, me) {
    return [...this.marks].filter(([person, read]) => person !== me && read >= number).length;
  }
}
