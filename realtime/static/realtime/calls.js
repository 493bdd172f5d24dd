const PATIENCE_MS = 10_000;

/** A refusal, as problem+json says it: `code`, `detail`, `status` or `retry_after` where known. */
export class Refused extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.code);
    Object.assign(this, problem);
  }
}

// Questions that wait for the answer with their number.
export class Calls {
  #waiting = new Map();
  #last = 0;

  /** Asks by post(id); promises the data of the answer, or rejects with a Refused. */
  make(post) {
    const id = `call${(this.#last += 1)}`;
    return new Promise((resolve, reject) => {
      const tooLong = setTimeout(() => this.answered({ id, problem: { code: "no_answer" } }), PATIENCE_MS);
      this.#waiting.set(id, { resolve, reject, tooLong });
      post(id);
    });
  }

  /** True where somebody has waited for it. */
  answered({ id, data, problem }) {
    const call = this.#waiting.get(id);
    if (!call) return false;
    this.#waiting.delete(id);
    clearTimeout(call.tooLong);
    problem ? call.reject(new Refused(problem)) : call.resolve(data);
    return true;
  }

  /** The line is gone: whether these were done, nobody here knows. */
  abandon() {
    for (const id of [...this.#waiting.keys()]) this.answered({ id, problem: { code: "no_answer" } });
  }
}
