import { say } from "../ui/say.js";

// <share-text data-copied="Copied." data-title>: [data-share] hands its text or link to other apps where the phone can,
// [data-copy] copies it. What is shared stands in [data-text], or is the link of data-link.
class ShareText extends HTMLElement {
  connectedCallback() {
    const share = this.querySelector("[data-share]");
    share.hidden = !navigator.share;
    share.addEventListener("click", () => navigator.share(this.#what).catch(() => {})); // given up is no error
    this.querySelector("[data-copy]").addEventListener("click", () => this.#copy());
  }

  get #what() {
    const { link: url, title } = this.dataset;
    return url ? { title, url } : { title, text: this.querySelector("[data-text]").textContent };
  }

  async #copy() {
    const { url, text } = this.#what;
    try {
      await navigator.clipboard.writeText(url ?? text);
      say(this.dataset.copied);
    } catch {
      getSelection().selectAllChildren(this.querySelector("[data-text]")); // without permission: ready to be copied by hand
    }
  }
}

customElements.define("share-text", ShareText);
