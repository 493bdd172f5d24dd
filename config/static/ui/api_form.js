import { uuid } from "../realtime/identity.js";
import { call } from "./api_call.js";
import { clearRefusal, showRefusal } from "./form_refusal.js";
import { say, sayNext } from "./say.js";
import { texts } from "./texts.js";

// <api-form data-url data-method="POST" data-done="Saved." data-goes="/bars/…/{id}" data-digits="0"><form>…: sends its
// form to the API. A "sent" event has the answer; without preventDefault the page then says that it is done and is read
// again, or goes on to data-goes. Refusals show in the form. [data-mint] holds the key that makes sending again safe.
class ApiForm extends HTMLElement {
  #isSending = false;

  connectedCallback() {
    this.#mint();
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#isSending) this.#send(event.target, event.submitter);
    });
  }

  async #send(form, submitter) {
    const { url, method = "POST", digits = 0 } = { ...this.dataset, ...submitter?.dataset };
    const t = texts("ui-texts");
    this.#become(true);
    clearRefusal(form);
    const { answer, problem } = await call(form, { url, method, digits: Number(digits) }, t);
    this.#become(false);
    if (problem) showRefusal(form, problem, t);
    else this.#done(form, answer, t);
  }

  #done(form, answer, t) {
    this.#mint();
    const event = new CustomEvent("sent", { detail: answer, bubbles: true, cancelable: true });
    if (!this.dispatchEvent(event)) return;
    const { goes, done = t("saved") } = this.dataset;
    form.closest("dialog")?.close();
    form.reset();
    if (goes) return goTo(goes.replace(/\{(\w+)\}/g, (_, name) => answer[name]), done);
    say(done);
    document.activeElement?.blur(); // a region with the field that was just sent would be left as it is
    document.querySelectorAll("live-page").forEach((page) => page.refresh().catch(() => {})); // its stream tells it too
  }

  #mint() {
    this.querySelectorAll("[data-mint]").forEach((field) => (field.value = uuid()));
  }

  #become(isSending) {
    this.#isSending = isSending;
    this.querySelectorAll("button:not([type=button])").forEach((button) => button.setAttribute("aria-busy", isSending));
  }
}

function goTo(address, done) {
  sayNext(done);
  location.assign(address);
}

customElements.define("api-form", ApiForm);
