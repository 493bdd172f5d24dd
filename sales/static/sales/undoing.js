/** Whether a kept sale may be, or become, one of the server's: what was never sent isn't, nor what was refused. */
const maySell = ({ wasSent, problem }) => wasSent && !problem;

// Takes the sales of an outbox back: those that wait here, those that are sold by asking the server.
export class Undoing {
  #outbox;
  #parts;
  #ids = new Map(); // key → the server's id, of what has sold while this page was open

  /** `parts`: { kept: the KeptSales, line: sending.js, tell(kind, detail) }. */
  constructor(outbox, parts) {
    [this.#outbox, this.#parts] = [outbox, parts];
    outbox.addEventListener("sold", ({ detail: { sale, answer } }) => this.#ids.set(sale.key, answer.id));
  }

  /** Promises an outcome: undone, undoing while the server has yet to say so, … */
  async undo(sale) {
    const { kept, tell } = this.#parts;
    const found = await kept.change(sale, (one) => maySell(one) && { isUndone: true });
    if (!found) return this.#undoSold(sale);
    if (!maySell(found)) tell("dropped", { sale });
    this.#outbox.drain();
    return { kind: maySell(found) ? "undoing" : "undone" };
  }

  async #undoSold(sale) {
    const outcome = await this.#parts.line.sendUndo(sale, this.#ids.get(sale.key));
    if (outcome.kind === "undone") this.#parts.tell("undone", { sale });
    return outcome;
  }
}
