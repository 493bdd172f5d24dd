// Where a browser keeps sales until the server has answered for them: IndexedDB. Every person's lie in it, in the order
// of their `seq`. What is written is on the disk when its promise is kept.

const NAME = "bartender";
const VERSION = 1;
const SALES = "sales";

const upgrades = [
  (db) => db.createObjectStore(SALES, { keyPath: "seq", autoIncrement: true }).createIndex("key", "key", { unique: true }),
];

export class OutboxStore {
  #indexedDB;
  #db = null; // a promise, while it is open

  constructor(factory = globalThis.indexedDB) {
    this.#indexedDB = factory;
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
    const db = await (this.#db ??= this.#open());
    return new Promise((resolve, reject) => {
      const transaction = db.transaction(SALES, mode, { durability: "strict" });
      const request = ask(transaction.objectStore(SALES));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? request.error);
    });
  }

  #open() {
    return new Promise((resolve, reject) => {
      const request = this.#indexedDB.open(NAME, VERSION);
      request.onupgradeneeded = ({ oldVersion }) => upgrades.slice(oldVersion).forEach((upgrade) => upgrade(request.result));
      request.onsuccess = () => resolve(this.#mind(request.result));
      request.onerror = () => reject(request.error);
    }).catch((error) => this.#closed(error));
  }

  /** A newer page of ours waits until this one has closed its connection; it is opened again at the next use. */
  #mind(db) {
    db.onversionchange = () => (db.close(), (this.#db = null));
    db.onclose = () => (this.#db = null);
    return db;
  }

  #closed(error) {
    this.#db = null;
    throw error;
  }
}
