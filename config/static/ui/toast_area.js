const SHOWN_MS = 5_000;

// <toast-area>: says that something is done, for a few seconds. Its template holds the look of one toast, with
// the button that is a "dismiss" event.
class ToastArea extends HTMLElement {
  #timer;

  /** One toast at a time: the newest is the news. */
  show(text, detail = "") {
    const toast = this.querySelector("template").content.cloneNode(true).firstElementChild;
    toast.querySelector("[data-text]").textContent = text;
    toast.querySelector("[data-detail]").textContent = detail;
    this.clear();
    this.append(toast);
    this.#timer = setTimeout(() => this.clear(), SHOWN_MS);
  }

  clear() {
    clearTimeout(this.#timer);
    this.querySelector(".toast")?.remove();
  }

  #dismiss() {
    this.clear();
    this.dispatchEvent(new Event("dismiss"));
  }

  connectedCallback() {
    this.addEventListener("click", ({ target }) => target.closest("button") && this.#dismiss());
  }
}

customElements.define("toast-area", ToastArea);
