import { answerOf, get } from "../ui/request.js";

// <credit-form data-debtors>: on whose name the basket is owed; a "chosen" event has it. Who owes already is proposed,
// where data-debtors is an address that this person may read.
class CreditForm extends HTMLElement {
  #isAsked = false;

  connectedCallback() {
    this.addEventListener("focusin", () => this.#propose());
    this.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#choose(event.target);
    });
  }

  #choose(form) {
    const client = form.elements.client.value.trim();
    if (!client) return form.elements.client.focus();
    form.reset();
    this.closest("dialog").close();
    this.dispatchEvent(new CustomEvent("chosen", { detail: client }));
  }

  /** Without network the name is typed. */
  async #propose() {
    if (this.#isAsked || !this.dataset.debtors) return;
    this.#isAsked = true;
    try {
      const { clients } = await answerOf(get(this.dataset.debtors));
      this.querySelector("datalist").replaceChildren(...clients.map(({ client }) => new Option(client, client)));
    } catch {
      this.#isAsked = false;
    }
  }
}

customElements.define("credit-form", CreditForm);
