import { backOff } from "../realtime/backoff.js";
import { answerOf, get, post, remove } from "../ui/request.js";
import { Going } from "./going.js";

const API = "/api/v1/notifications";
const EVEN_IF_LEFT = { keepalive: true };

// The notices of a person as the server tells them. Every difference is a "change".
export class Notices extends EventTarget {
  unread;
  rows = null; // newest first; null until somebody looks
  isKnown = false; // the rows are those of the server
  isFailed = false;
  #isStale = false;
  #asking = null;
  #failures = 0;
  #again; // timer
  #going = new Going({ settled: (id) => this.#settle(id), changed: () => this.#changed() });

  constructor(unread) {
    super();
    this.unread = unread;
  }

  /** Read the number again, and the list where somebody has looked; what is asked meanwhile is one more look. */
  refresh() {
    this.#isStale = true;
    return (this.#asking ??= this.#look().finally(() => (this.#asking = null)));
  }

  /** Somebody looks. */
  open() {
    this.rows ??= [];
    return this.refresh();
  }

  /** The cursor of a stream from which on events follow what was read. */
  async reset(stream) {
    const { cursors } = await answerOf(get(API));
    this.refresh();
    return cursors[stream];
  }

  isGoing = ({ id }) => this.#going.has(id);

  read = (id) => this.#mark(post(`${API}/${id}/read`, undefined, EVEN_IF_LEFT));

  readAll = () => this.#mark(post(`${API}/read`));

  /** For good after a while, or when the sheet or the page is left. */
  putAway = (id) => this.#going.begin(id);

  undo = (id) => this.#going.undo(id);

  settle = () => this.#going.settle();

  #settle(id) {
    this.rows = this.rows.filter((row) => row.id !== id);
    return this.#mark(remove(`${API}/${id}`, EVEN_IF_LEFT));
  }

  async #mark(asked) {
    await answerOf(asked).then(({ unread }) => (this.unread = unread), () => (this.isFailed = true));
    return this.refresh();
  }

  async #look() {
    while (this.#isStale) {
      this.#isStale = false;
      await this.#ask().then(() => (this.#failures = 0), () => this.#fail());
    }
  }

  #fail() {
    [this.isFailed, this.#failures] = [true, this.#failures + 1];
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.refresh(), backOff(this.#failures));
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
