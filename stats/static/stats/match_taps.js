// The taps of who keeps a score: each shows at once, and is sent in its turn until the server has answered.

const added = (score, { side, points }) => ({ ...score, [side]: score[side] + points });

export class Taps {
  #known;
  #waiting = [];
  #turn = 0;

  /** `known` is the score as the server has told it last: { home, away }. */
  constructor(known) {
    this.#known = known;
  }

  /** The score with everything that was tapped. */
  get shown() {
    return this.#waiting.reduce(added, this.#known);
  }

  /** The tap whose turn it is to be sent; undefined where none waits. */
  get next() {
    return this.#waiting[0];
  }

  /** Takes a tap, unless the score would fall below zero. Returns whether it counts. */
  add(tap) {
    const isGood = this.shown[tap.side] + tap.points >= 0;
    if (isGood) this.#waiting.push(tap);
    this.#turn += 1;
    return isGood;
  }

  /** The first tap is answered: with the score that it is in, or refused, and then it counts for nothing. */
  answered(score) {
    this.#waiting.shift();
    if (score) this.#known = score;
  }

  /** Changes with each tap. */
  get turn() {
    return this.#turn;
  }

  /** The score as it was read since `turn`: one that was tapped meanwhile may not be in it. */
  learn(score, turn) {
    if (!this.next && turn === this.#turn) this.#known = score;
  }
}
