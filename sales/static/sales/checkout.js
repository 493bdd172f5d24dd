import { correct, unsureOf } from "./refusals.js";

// Takes a basket to its sale: open → selling → open, or unsure while nobody knows whether it sold.
// Events: change; sold (detail: the sale); refused, unsure (detail: a notice); abandoned; signed_out.
export class Checkout extends EventTarget {
  #till; // { shelf, basket, send(order, { isUnsure }) → outcome of selling.js }
  #state = "open";
  #payment = null;
  #putBack = null; // undoes what the sale on its way has taken off the shelf

  /** `unanswered`: how the basket was being paid when the page was left, if it was. */
  constructor({ unanswered = null, ...till }) {
    super();
    this.#till = till;
    this.#payment = unanswered;
    if (unanswered) this.#state = "unsure";
  }

  /** In any state but open, the shelf counts the basket as gone. */
  get state() {
    return this.#state;
  }

  /** How the sale on its way is paid; null when there is none. */
  get payment() {
    return this.#payment;
  }

  /** Sells the basket, once however often it is tapped; an unsure sale is asked for again as it was. */
  async pay(payment) {
    const { shelf, basket, send } = this.#till;
    if (this.#state === "selling" || basket.isEmpty) return;
    const isUnsure = this.#state === "unsure";
    this.#payment ??= payment;
    this.#putBack ??= shelf.take(basket.lines);
    this.#become("selling");
    this.#settle(await send(basket.order(this.#payment), { isUnsure }));
  }

  /** Gives up an unsure sale: if it did sell, history and stock will show it. */
  abandon() {
    if (this.#state === "unsure") this.#settle({ kind: "abandoned" });
  }

  #settle({ kind, sale, problem }) {
    if (kind === "unknown") return this.#become("unsure", "unsure", unsureOf(problem));
    if (kind === "sold" || kind === "abandoned") this.#till.basket.empty();
    if (kind !== "sold") this.#putBack?.();
    this.#putBack = this.#payment = null;
    this.#become("open", kind, sale ?? (problem && correct(problem, this.#till)));
  }

  #become(state, event, detail) {
    this.#state = state;
    this.dispatchEvent(new Event("change"));
    if (event) this.dispatchEvent(new CustomEvent(event, { detail }));
  }
}
