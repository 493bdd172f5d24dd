// Calls back when nothing has been heard for a while: a dead Wi-Fi doesn't close a connection.
export class Watchdog {
  #timer;
  #bark;

  constructor(bark) {
    this.#bark = bark;
  }

  heard(patienceMs) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#bark, patienceMs);
  }

  stop() {
    clearTimeout(this.#timer);
  }
}
