const NAME = "bartender";
const VERSION = 1;

export const SALES = "sales";

const upgrades = [
  (db) => db.createObjectStore(SALES, { keyPath: "seq", autoIncrement: true }).createIndex("key", "key", { unique: true }),
];

// The database of an outbox in this browser, opened when it is used.
export class OutboxDatabase {
  #indexedDB;
  #db = null; // a promise, while it is open

  constructor(factory) {
    this.#indexedDB = factory;
  }

  opened = () => (this.#db ??= this.#open());

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
