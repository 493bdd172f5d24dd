import { uuid } from "../realtime/identity.js";
import { send } from "../ui/request.js";
import { costOf, readLine, totalOf } from "./supply_lines.js";

// <supply-line>: one product of a delivery. It keeps its key until it is in stock: what an answer was lost of is sent
// again unchanged.
class SupplyLine extends HTMLElement {
  #key = uuid();
  isSaved = false;

  get isChosen() {
    return this.querySelector("select").value !== "";
  }

  read(digits) {
    const fields = [...this.querySelectorAll("[name]")];
    return readLine(Object.fromEntries(fields.map(({ name, value }) => [name, value])), digits);
  }

  show(line, money, words) {
    this.querySelector("[data-sum]").textContent = line ? money(totalOf(line)) : "";
    this.querySelector("[data-each]").textContent = line ? words.replace("{cost}", money(costOf(line))) : "";
  }

  /** Promises the problem, or nothing once it is in. Rejects where no answer comes. */
  async receive(url, line) {
    const response = await send("POST", url, { body: JSON.stringify({ key: this.#key, ...line }) });
    if (!response.ok) return response.json();
    this.isSaved = true;
    this.classList.add("is-saved");
    this.querySelectorAll("select, input, button").forEach((field) => (field.disabled = true));
    return undefined;
  }
}

customElements.define("supply-line", SupplyLine);
