import { backOff } from "../realtime/backoff.js";
import { nextOf } from "./next_sales.js";
import { sendAndSettle } from "./settling.js";

// Sends what an outbox keeps of one person, oldest first, until the server has answered for all of it. One tab of the
// browser sends at a time. Each sale keeps its key, so that however often it is sent, it sells once.
export class Sender {
  #parts; // { user, store, line: sending.js, exclusively(task), isOnline(), tell(kind, detail), later(task, ms) → cancel }
  #fresh = new Set(); // keys of sales that were made here and not asked for yet
  #isRunning = false;
  #isWanted = false;
  #failures = 0;
  #cancel = () => {};

  constructor(parts) {
    this.#parts = parts;
  }

  /** A sale of this moment: while nothing waits before it, it is sent as one that may be refused. */
  expect = (key) => this.#fresh.add(key);

  /** Sends what waits; at any moment, as often as one likes. Never rejects. */
  async drain() {
    this.#isWanted = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#isWanted) {
      this.#isWanted = false;
      await this.#parts.exclusively(() => this.#sendAll()).catch(() => this.#tryLater());
    }
    this.#isRunning = false;
  }

  async #sendAll() {
    this.#cancel();
    for (let sales = await this.#next(); sales.length; sales = await this.#next()) {
      const outcomes = this.#parts.isOnline() ? await sendAndSettle(sales, this.#fresh.has(sales[0].key), this.#parts) : [{ kind: "offline" }];
      const unclear = outcomes.filter(({ kind }) => !["sold", "undone", "refused"].includes(kind));
      if (unclear.length) return this.#stop(sales, unclear);
      this.#failures = 0;
    }
  }

  #next = async () => nextOf(await this.#parts.store.all(), this.#parts.user, this.#fresh);

  /** They wait; when they go at last, it is as sales that were made before. */
  #stop(sales, outcomes) {
    sales.filter(({ key }) => this.#fresh.delete(key)).forEach((sale) => this.#parts.tell("kept", { sale }));
    if (outcomes.some(({ kind }) => kind === "signed_out")) this.#parts.tell("signed_out");
    else if (outcomes[0].kind !== "offline") this.#tryLater(...outcomes.map(({ hint }) => hint));
  }

  #tryLater(...hints) {
    this.#cancel = this.#parts.later(() => this.drain(), backOff((this.#failures += 1), Math.max(0, ...hints)));
  }
}
