import { jsonOf, textsOf } from "../ui/texts.js";
import { say } from "../ui/say.js";
import { send } from "../ui/request.js";

// <order-list data-url data-name>: [data-up] moves its row up one place; the new order is sent as a list of keys.
class OrderList extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-up]");
      if (button) this.#move(button.closest("[data-key]"));
    });
  }

  async #move(row) {
    const above = row.previousElementSibling;
    if (!above) return;
    above.before(row);
    row.querySelector("[data-up]").focus();
    const keys = [...row.parentElement.children].map(({ dataset }) => dataset.key);
    const isDone = await this.#send(keys);
    if (!isDone) above.after(row);
    this.#mark();
  }

  /** Promises whether the order counts now. */
  async #send(keys) {
    const t = textsOf(jsonOf("ui-texts"), document.documentElement.lang);
    try {
      const response = await send("PUT", this.dataset.url, { body: JSON.stringify({ [this.dataset.name]: keys }) });
      say(response.ok ? t("saved") : ((await response.json()).detail ?? t("refused")));
      return response.ok;
    } catch {
      say(t("no_answer"));
      return false;
    }
  }

  #mark() {
    this.querySelectorAll("[data-up]").forEach((button, place) => (button.disabled = place === 0));
  }
}

customElements.define("order-list", OrderList);
