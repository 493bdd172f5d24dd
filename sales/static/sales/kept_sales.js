// The kept sales of everybody in this browser, as they were last read, and changes to one of them.
export class KeptSales {
  #person;
  #store;
  #exclusively;
  #all = [];

  /** `user` and `name` are whose page this is; `exclusively(task)`: while nobody sends. */
  constructor({ user, name, store, exclusively }) {
    [this.#person, this.#store, this.#exclusively] = [{ user, name }, store, exclusively];
  }

  read = async () => (this.#all = await this.#store.all());

  /** Of this person, oldest first. */
  get mine() {
    return this.#all.filter(({ user }) => user === this.#person.user);
  }

  get others() {
    return this.#all.filter(({ user }) => user !== this.#person.user);
  }

  /** Promises the new sale as it is kept. */
  add = (sale) => this.#store.add({ ...sale, ...this.#person, wasSent: false, problem: null });

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
