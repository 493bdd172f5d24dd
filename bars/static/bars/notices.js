import { answerOf, get, post, remove } from "../ui/request.js";
import { cursorOf } from "./cursors.js";
import { Going } from "./going.js";
import { Looking } from "./looking.js";

const API = "/api/v1/notifications";
const EVEN_IF_LEFT = { keepalive: true };

// The notices of a person as the server tells them. Every difference is a "change".
export class Notices extends EventTarget {
  unread;
  rows = null; // newest first; null until somebody looks
  isKnown = false; // the rows are those of the server
  isFailed = false;
  /** Put away: for good after a while, or when the sheet or the page is left. */
  going = new Going({ settled: (id) => this.#settle(id), changed: () => this.#changed() });
  #looking = new Looking(() => this.#ask(), () => this.#fail());

  constructor(unread) {
    super();
    this.unread = unread;
  }

  /** Read the number again, and the list where somebody has looked. */
  refresh = () => this.#looking.ask();

  /** Somebody looks. */
  open() {
    this.rows ??= [];
    return this.refresh();
  }

  /** The cursor of a stream from which on events follow what is read. */
  reset = (stream) => cursorOf(stream).then((cursor) => (this.refresh(), cursor));

  read = (id) => this.#mark(post(`${API}/${id}/read`, undefined, EVEN_IF_LEFT));

  readAll = () => this.#mark(post(`${API}/read`));

  #settle(id) {
    this.rows = this.rows.filter((row) => row.id !== id);
    return this.#mark(remove(`${API}/${id}`, EVEN_IF_LEFT));
  }

  async #mark(asked) {
    await answerOf(asked).then(({ unread }) => (this.unread = unread), () => (this.isFailed = true));
    return this.refresh();
  }

  #fail() {
    this.isFailed = true;
    this.#changed();
  }

  async #ask() {
    const [{ unread }, page] = await Promise.all([answerOf(get(`${API}/unread`)), this.rows && answerOf(get(API))]);
    [this.unread, this.rows, this.isFailed] = [unread, page?.notifications ?? this.rows, false];
    this.isKnown ||= Boolean(page);
    this.#changed();
  }

  #changed = () => this.dispatchEvent(new Event("change"));
}
