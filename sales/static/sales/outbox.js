import { KeptSales } from "./kept_sales.js";
import { Sender } from "./sender.js";

/** Whether a kept sale may be, or become, one of the server's: what was never sent isn't, nor what was refused. */
const maySell = ({ wasSent, problem }) => wasSent && !problem;

// The sales of one person that no server has answered for: on the disk before they are sent, sent until they are
// answered. Tells "change"; and in every tab what becomes of a sale: kept, sold or undone (with the server's `answer`),
// refused (with its `problem`), dropped; and signed_out.
export class Outbox extends EventTarget {
  #parts;
  #sender;
  #kept;
  #ids = new Map(); // key → the server's id, of what has sold while this page was open

  /** `parts` as Sender needs them, without tell; the person's `name`; a `channel` to the other tabs. */
  constructor(parts) {
    super();
    [this.#parts, this.#kept] = [parts, new KeptSales(parts)];
    this.#sender = new Sender({ ...parts, tell: (kind, detail) => this.#tell(kind, detail) });
    parts.channel.onmessage = ({ data }) => this.#hear(data);
  }

  /** Mine, oldest first; those with a `problem` wait for me to decide. */
  get sales() {
    return this.#kept.of(this.#parts.user);
  }

  get others() {
    return this.#kept.ofOthers(this.#parts.user);
  }

  drain = () => this.#sender.drain();

  /** Reads what is kept, and sends it. */
  open = () => this.#read().then(this.drain);

  /** Keeps a sale { key, bar, order, soldAt, … } and sends it. Rejects where it can't be kept: then it isn't made. */
  async add(sale) {
    const { user, name, store } = this.#parts;
    this.#sender.expect(sale.key);
    const kept = await store.add({ ...sale, user, name, wasSent: false, problem: null });
    this.#tell("added", { sale: kept });
    this.drain();
    return kept;
  }

  /** Takes a sale back, sold or not. Promises an outcome: undone, undoing while the server has yet to say so, … */
  async undo(sale) {
    const kept = await this.#kept.change(sale, (one) => maySell(one) && { isUndone: true });
    if (!kept) return this.#undoSold(sale);
    if (!maySell(kept)) this.#tell("dropped", { sale });
    this.drain();
    return { kind: maySell(kept) ? "undoing" : "undone" };
  }

  /** What was refused goes out once more, or is given up. */
  retry = (sale) => this.#kept.change(sale, () => ({ problem: null })).then(this.open);
  discard = (sale) => this.#kept.change(sale, () => false).then(() => this.#tell("dropped", { sale }));

  async #undoSold(sale) {
    const outcome = await this.#parts.line.sendUndo(sale, this.#ids.get(sale.key));
    if (outcome.kind === "undone") this.#tell("undone", { sale });
    return outcome;
  }

  #read = () => this.#kept.read().then(() => this.dispatchEvent(new Event("change")));

  #tell(kind, detail) {
    this.#parts.channel.postMessage({ kind, detail });
    this.#hear({ kind, detail });
  }

  #hear({ kind, detail }) {
    if (kind === "sold") this.#ids.set(detail.sale.key, detail.answer.id);
    this.dispatchEvent(new CustomEvent(kind, { detail }));
    this.#read().catch(() => {});
  }
}
