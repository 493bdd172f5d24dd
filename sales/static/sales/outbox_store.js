import { OutboxDatabase, SALES } from "./outbox_database.js";

// Where a browser keeps sales until the server has answered for them: IndexedDB. Every person's lie in it, in the order
// of their `seq`. What is written is on the disk when its promise is kept.
export class OutboxStore {
  #database;

  constructor(factory = globalThis.indexedDB) {
    this.#database = new OutboxDatabase(factory);
  }

  /** Keeps a new sale and promises it with its `seq`. Rejects with ConstraintError for a key that is kept, QuotaExceededError… */
  async add(sale) {
    return { ...sale, seq: await this.#do("readwrite", (sales) => sales.add(sale)) };
  }

  all = () => this.#do("readonly", (sales) => sales.getAll());

  get = (seq) => this.#do("readonly", (sales) => sales.get(seq));

  put = (sale) => this.#do("readwrite", (sales) => sales.put(sale));

  remove = (seq) => this.#do("readwrite", (sales) => sales.delete(seq));

  async #do(mode, ask) {
    const db = await this.#database.opened();
    return new Promise((resolve, reject) => {
      const transaction = db.transaction(SALES, mode, { durability: "strict" });
      const request = ask(transaction.objectStore(SALES));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? request.error);
    });
  }
}
