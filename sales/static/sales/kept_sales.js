// The kept sales of everybody in this browser, as they were last read, and changes to one of them.
export class KeptSales {
  #store;
  #exclusively;
  #all = [];

  /** `exclusively(task)`: while nobody sends. */
  constructor({ store, exclusively }) {
    this.#store = store;
    this.#exclusively = exclusively;
  }

  read = async () => (this.#all = await this.#store.all());

  of = (person) => this.#all.filter(({ user }) => user === person);
  ofOthers = (person) => this.#all.filter(({ user }) => user !== person);

  /** Promises the sale as it was before `edit` said what to write to it, or to drop it by false; nothing if it was gone. */
  change({ seq }, edit) {
    return this.#exclusively(async () => {
      const sale = await this.#store.get(seq);
      const edits = sale && edit(sale);
      if (edits) await this.#store.put({ ...sale, ...edits });
      else if (sale) await this.#store.remove(seq);
      return sale;
    });
  }
}
