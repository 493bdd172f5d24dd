// The box that messages are written in: Enter sends, Shift and Enter begins a new line; it grows with its text.
export class WriteBox {
  #room;
  #area;

  constructor(form, room) {
    [this.#room, this.#area] = [room, form.elements.text];
    this.#area.addEventListener("input", () => (room.open?.write(this.#area.value), this.#fit()));
    this.#area.addEventListener("blur", () => room.open?.typing.stop());
    this.#area.addEventListener("keydown", (event) => this.#press(event, form));
    form.addEventListener("submit", (event) => this.#send(event));
  }

  /** The draft of the conversation that was opened. */
  show(text) {
    this.#area.value = text;
    this.#fit();
  }

  focus = () => this.#area.focus({ preventScroll: true });

  #press(event, form) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return; // an accent or a word is being composed
    event.preventDefault();
    form.requestSubmit();
  }

  #send(event) {
    event.preventDefault();
    this.#room.open?.say();
    this.show("");
    this.focus();
  }

  #fit() {
    this.#area.rows = Math.min(5, Math.max(1, this.#area.value.split("\n").length));
  }
}
