import { say } from "../ui/say.js";

// <copy-text>: its button copies what stands in its field; where the browser doesn't let it, the text is marked.
class CopyText extends HTMLElement {
  connectedCallback() {
    const field = this.querySelector("input");
    this.querySelector("button").addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
        say(document.getElementById("copied").textContent);
      } catch {
        field.focus();
      }
    });
  }
}

customElements.define("copy-text", CopyText);
