// Where a page stands on a stream. Its cursor, "epoch:seq", names the last frame it has applied.

function parse(text) {
  const colon = text.lastIndexOf(":");
  return { epoch: text.slice(0, colon), seq: Number(text.slice(colon + 1)) };
}

export class Position {
  #cursor;
  #sentTo = 0; // the server has sent everything up to here that this page may see

  constructor(since) {
    this.#cursor = since ? parse(since) : null;
  }

  /** The cursor as text, undefined for a page that hasn't seen anything yet. */
  get since() {
    return this.#cursor ? `${this.#cursor.epoch}:${this.#cursor.seq}` : undefined;
  }

  /** What was sent but has not arrived is not coming any more. */
  cut() {
    this.#sentTo = 0;
  }

  /** What to do with a frame: apply, duplicate or gap. */
  judge({ epoch, seq, prev }) {
    if (!this.#cursor) return "apply";
    if (epoch !== this.#cursor.epoch) return "gap";
    if (seq <= this.#cursor.seq) return "duplicate";
    return prev > Math.max(this.#cursor.seq, this.#sentTo) ? "gap" : "apply";
  }

  moveTo({ epoch, seq }) {
    if (epoch !== this.#cursor?.epoch) this.#sentTo = 0;
    this.#cursor = { epoch, seq };
  }

  moveToCursor(text) {
    this.moveTo(parse(text));
  }

  /** The server says how far it has sent: past the numbers of what this page may not see. */
  advanceTo(text) {
    const { epoch, seq } = parse(text);
    if (!this.#cursor || (epoch === this.#cursor.epoch && seq > this.#cursor.seq)) this.moveTo({ epoch, seq });
  }

  /** The server's answer to a question; when it resumes, what was missed arrives next. */
  joined({ epoch, seq, result }) {
    if (result === "live") this.moveTo({ epoch, seq });
    this.#sentTo = result === "resumed" ? seq : 0;
  }

  /** True when the server has sent more than has arrived here; else nothing up to its head is for this page. */
  isBehind(head, sent = parse(head).seq) {
    const { epoch, seq } = parse(head);
    if (epoch !== this.#cursor?.epoch) return true;
    this.#cursor.seq = Math.max(this.#cursor.seq, this.#sentTo); // what was replayed came before this
    if (sent > this.#cursor.seq) return true;
    this.#cursor.seq = Math.max(this.#cursor.seq, seq);
    return false;
  }
}
