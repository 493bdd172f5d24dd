import { uuid } from "../realtime/identity.js";
import { feed } from "../realtime/page_feed.js";
import { say } from "../ui/say.js";
import { scoreOn, showScore } from "./match_places.js";
import { isSame, readMatch, scoreOf, sendTap } from "./match_sending.js";
import { Taps } from "./match_taps.js";

const PATIENCE_MS = 2_000; // of a tap, before it is said that it waits

// <match-console data-url data-match data-since data-state data-outcome data-home data-away>: the score of a match, kept
// by tapping. A match that begins, ends, or is to be played by others is another page: it is loaded again.
class MatchConsole extends HTMLElement {
  #taps;
  #isSending = false;

  connectedCallback() {
    this.#taps = new Taps(scoreOn(this));
    this.addEventListener("click", ({ target }) => this.#tap(target.closest("[data-points]")?.dataset));
    const { match, since } = this.dataset;
    feed.subscribe(`match.${match}`, { topics: ["scores"], since, patch: () => false, reset: () => this.#read() });
  }

  #tap(button) {
    if (!button || !this.#taps.add({ key: uuid(), side: button.side, points: Number(button.points) })) return;
    this.#draw();
    if (!this.#isSending) this.#send();
  }

  async #send() {
    this.#isSending = true;
    while (this.#taps.next) {
      const late = setTimeout(() => this.#wait(this.dataset.waits), PATIENCE_MS);
      const { isKept, answer } = await sendTap(this.dataset.url, this.#taps.next);
      clearTimeout(late);
      this.#wait("");
      this.#taps.answered(isKept && scoreOf(answer));
      if (!isKept) say(this.dataset.lost, answer.detail);
      this.#draw();
    }
    this.#isSending = false;
  }

  async #read() {
    const turn = this.#taps.turn;
    const { match, cursor } = await readMatch(this.dataset.url);
    if (!isSame(match, this.dataset)) location.reload();
    this.#taps.learn(scoreOf(match), turn);
    this.#draw();
    return cursor;
  }

  #draw() {
    if (this.dataset.state === "live") showScore(this, this.#taps.shown);
  }

  #wait = (text) => Object.assign(this.querySelector("[data-waiting]"), { textContent: text, hidden: !text });
}

customElements.define("match-console", MatchConsole);
