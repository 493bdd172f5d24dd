// The list of conversations, and who one might talk with: a snapshot, patched by events.
export class Talks {
  #me;
  #bar;
  #people;
  #all;

  constructor({ me, bar, people, conversations }) {
    [this.#me, this.#bar, this.#people] = [me, bar, people];
    this.replace(conversations);
  }

  /** As GET …/conversations answers them. Other bars' teams talk on their own pages. */
  replace(conversations) {
    this.#all = conversations.filter(({ bar }) => bar === null || bar === this.#bar);
  }

  put(conversation) {
    this.#all = [...this.#all.filter(({ id }) => id !== conversation.id), conversation];
  }

  /** The team, then the liveliest, then colleagues by name; `key` is the team's conversation or a person. */
  get rows() {
    const liveliest = (a, b) => Boolean(b.bar) - Boolean(a.bar) || (b.last?.created_at ?? "").localeCompare(a.last?.created_at ?? "");
    const talking = new Set(this.#all.map(({ person }) => person));
    const silent = this.#people.filter(({ person }) => !talking.has(person));
    const begun = [...this.#all].sort(liveliest).map((one) => ({ ...one, key: one.person ?? one.id }));
    return [...begun, ...silent.map((one) => ({ ...one, key: one.person, id: null, bar: null, unread: 0, last: null }))];
  }

  get names() {
    const two = this.#all.filter(({ person }) => person);
    return new Map([...two, ...this.#people].map(({ person, name }) => [person, name]));
  }

  /** message.created; false when the list must be read again. */
  hear({ conversation, number, author, text }, created_at) {
    const one = this.#of(conversation);
    if (one && number > (one.last?.number ?? 0)) {
      one.last = { number, author, text, created_at };
      if (author !== this.#me) one.unread += 1;
    }
    return Boolean(one);
  }

  delete({ conversation, number }) {
    const one = this.#of(conversation);
    if (one?.last?.number === number) one.last.text = "";
    return one?.unread === 0;
  }

  /** This person has read up to a number. */
  read({ conversation, number }) {
    const one = this.#of(conversation);
    if (one && number >= (one.last?.number ?? 0)) one.unread = 0;
    return one?.unread === 0;
  }

  #of = (id) => this.#all.find((one) => one.id === id);
}
