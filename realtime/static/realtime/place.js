import { Position } from "./position.js";

// Where a subscription stands with the server: its cursor, and whether its last question has been answered.
// The leading tab keeps a copy of each place, moved by the same messages, so it never asks for less than a tab needs.
export class Place {
  static #questions = 0;
  #position;
  #question;
  #isAnswered = false; // what arrives now follows on from the cursor

  constructor(since, question = 0) {
    this.#position = new Position(since);
    this.#question = question;
  }

  get since() {
    return this.#position.since;
  }

  /** The number of a new question; answers to older ones no longer count. */
  ask() {
    this.#isAnswered = false;
    this.#position.cut();
    return (this.#question = Place.#questions += 1);
  }

  /**
   * Moves with a message of the stream; tells what it asks of the page: apply, reset, ask (again), or nothing. Before
   * the answer all is ignored: it may have been sent for other topics, so that nothing tells what is missing between.
   */
  hear(message) {
    if (message.type === "joined") return this.#join(message);
    if (message.type === "reset") return this.#reset(message);
    if (!this.#isAnswered) return undefined;
    if (message.type === "frame") return this.#frame(message);
    if (message.type === "beat") return this.#position.isBehind(message.head, message.sent) && this.#ask();
    return message.type === "at" && this.#position.advanceTo(message.cursor);
  }

  /** A fresh snapshot stands here; it must be asked from. */
  moveToCursor(text) {
    this.#position.moveToCursor(text);
    this.#isAnswered = false;
  }

  #join(message) {
    if (message.question !== this.#question) return undefined;
    this.#isAnswered = true;
    return message.result === "reset" ? this.#reset(message) : this.#position.joined(message);
  }

  #frame(frame) {
    const fate = this.#position.judge(frame);
    if (fate === "gap") return this.#ask();
    if (fate === "apply") this.#position.moveTo(frame);
    return fate;
  }

  #ask() {
    this.#isAnswered = false; // until the page has asked and is answered
    return "ask";
  }

  #reset(message) {
    this.#position.moveTo(message);
    return "reset";
  }
}
