import { inEveryTab } from "./every_tab.js";
import { KeptSales } from "./kept_sales.js";
import { Sender } from "./sender.js";
import { Undoing } from "./undoing.js";

// The sales of one person that no server has answered for: on the disk before they are sent, sent until they are
// answered. Tells "change"; and in every tab what becomes of a sale: kept, sold or undone (with the server's `answer`),
// refused (with its `problem`), dropped; and signed_out.
export class Outbox extends EventTarget {
  #kept;
  #tell;
  #sender;
  #undoing;

  /** `parts` as Sender needs them, without tell; the person's `name`; a `channel` to the other tabs. */
  constructor(parts) {
    super();
    this.#kept = new KeptSales(parts);
    this.#tell = inEveryTab(parts.channel, (news) => this.#hear(news));
    this.#sender = new Sender({ ...parts, tell: this.#tell });
    this.#undoing = new Undoing(this, { ...parts, kept: this.#kept, tell: this.#tell });
  }

  /** Mine, oldest first; those with a `problem` wait for me to decide. */
  get sales() {
    return this.#kept.mine;
  }

  get others() {
    return this.#kept.others;
  }

  drain = () => this.#sender.drain();

  /** Reads what is kept, and sends it. */
  open = () => this.#read().then(this.drain);

  /** Keeps a sale { key, bar, order, soldAt, … } and sends it. Rejects where it can't be kept: then it isn't made. */
  async add(sale) {
    this.#sender.expect(sale.key);
    const kept = await this.#kept.add(sale);
    this.#tell("added", { sale: kept });
    this.drain();
    return kept;
  }

  /** Takes a sale back, sold or not. Promises an outcome: undone, undoing while the server has yet to say so, … */
  undo = (sale) => this.#undoing.undo(sale);

  /** What was refused goes out once more, or is given up. */
  retry = (sale) => this.#kept.change(sale, () => ({ problem: null })).then(this.open);
  discard = (sale) => this.#kept.change(sale, () => false).then(() => this.#tell("dropped", { sale }));

  #read = () => this.#kept.read().then(() => this.dispatchEvent(new Event("change")));

  #hear({ kind, detail }) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
    this.#read().catch(() => {});
  }
}
