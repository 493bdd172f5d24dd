// <toast-area data-ms="5000">: says that something is done, for a while. Its template holds the look of one toast. Each
// of its buttons is an event named by its data-verb, "dismiss" without one, and closes the toast.
class ToastArea extends HTMLElement {
  #timer;

  /** One toast at a time: the newest is the news. `verbs` are those of its buttons that it is about. */
  show(text, detail = "", verbs = []) {
    const toast = this.querySelector("template").content.cloneNode(true).firstElementChild;
    toast.querySelector("[data-text]").textContent = text;
    toast.querySelector("[data-detail]").textContent = detail;
    toast.querySelectorAll("[data-verb]").forEach((button) => (button.hidden = !verbs.includes(button.dataset.verb)));
    this.clear();
    this.append(toast);
    this.#timer = setTimeout(() => this.clear(), Number(this.dataset.ms ?? 5_000));
  }

  /** More is known of what the toast tells. */
  amend(detail) {
    this.querySelectorAll(".toast [data-detail]").forEach((element) => (element.textContent = detail));
  }

  clear() {
    clearTimeout(this.#timer);
    this.querySelector(".toast")?.remove();
  }

  connectedCallback() {
    this.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (!button) return;
      this.clear();
      this.dispatchEvent(new Event(button.dataset.verb ?? "dismiss"));
    });
  }
}

customElements.define("toast-area", ToastArea);
