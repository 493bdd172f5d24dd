// What was written and not sent survives a reload of this tab, by conversation: the text in the box, and messages
// without an answer under their keys, so that sending them again says them once.
export class Drafts {
  #storage;

  constructor(storage = sessionStorage) {
    this.#storage = storage;
  }

  load(conversation) {
    return { text: "", unsent: [], ...JSON.parse(this.#storage.getItem(nameOf(conversation))) };
  }

  save(conversation, { text, unsent }) {
    if (text || unsent.length) this.#storage.setItem(nameOf(conversation), JSON.stringify({ text, unsent }));
    else this.#storage.removeItem(nameOf(conversation));
  }
}

const nameOf = (conversation) => `chat.${conversation}`;
