import { correct } from "./refusals.js";

// What becomes of sales of this tab that were refused: back into the basket, or aside while another client is served.
export class RefusedSales {
  #till;
  #isOpen;
  #tell;

  /** `till`: { shelf, basket, outbox, bar, tab, discountLimit }; isOpen() whether the basket may be written to; tell(type, detail). */
  constructor(till, { isOpen, tell }) {
    [this.#till, this.#isOpen, this.#tell] = [till, isOpen, tell];
    till.outbox.addEventListener("refused", ({ detail }) => this.#hear(detail));
  }

  /** Tells why, and puts right what the problem tells of. */
  refuse = (problem) => this.#tell("refused", correct(problem, this.#till));

  /** Puts one back into the basket, where that is empty. */
  takeUp(sale) {
    const { basket, outbox, discountLimit } = this.#till;
    if (!this.#isOpen() || !basket.isEmpty) return false;
    sale.lines.forEach((line) => basket.put({ ...line, id: line.product }, line.quantity));
    basket.discount = discountLimit ? (sale.order.discount ?? 0) : 0;
    outbox.discard(sale);
    this.#tell("change");
    return true;
  }

  #hear({ sale, problem, isFresh }) {
    if (sale.tab !== this.#till.tab || sale.bar !== this.#till.bar) return;
    if (isFresh && this.takeUp(sale)) this.refuse(problem);
    else this.#tell("set_aside", { sale, problem });
  }
}
