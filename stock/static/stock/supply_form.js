import { clearRefusal } from "../ui/form_refusal.js";
import { moneyFormat } from "../ui/money.js";
import { sayNext } from "../ui/say.js";
import { texts } from "../ui/texts.js";
import { headOf, refuse } from "./supply_head.js";
import "./supply_line.js";
import { sumOf } from "./supply_lines.js";
import { receiveAll } from "./supply_sending.js";

// <supply-form data-url data-goes>: a delivery, a supply for each <supply-line>; a line that is in isn't sent again.
class SupplyForm extends HTMLElement {
  #digits = Number(this.dataset.digits);
  #money = moneyFormat(this.dataset.currency, this.#digits);
  #blank = this.querySelector("[data-lines] > li").cloneNode(true);
  #lines = () => [...this.querySelectorAll("supply-line")];

  connectedCallback() {
    this.#sum();
    this.querySelector("[data-add]").addEventListener("click", () => this.#add().querySelector("select").focus());
    this.addEventListener("click", ({ target }) => target.closest("[data-remove]") && this.#remove(target.closest("li")));
    this.addEventListener("input", () => this.#sum());
    this.addEventListener("submit", (event) => this.#receive(event));
  }

  #add() {
    const row = this.#blank.cloneNode(true);
    row.querySelector("select").value = "";
    this.querySelector("[data-lines]").append(row);
    this.#sum();
    return row;
  }

  #remove(row) {
    row.remove();
    this.#lines().length === 0 ? this.#add() : this.#sum();
  }

  #sum() {
    const read = this.#lines().map((one) => one.read(this.#digits));
    this.#lines().forEach((one, place) => one.show(read[place], this.#money, this.dataset.each));
    this.querySelector("[data-total]").textContent = this.#money(sumOf(read));
  }

  async #receive(event) {
    event.preventDefault();
    const form = event.target;
    const [t, button] = [texts("ui-texts"), this.querySelector("[data-send]")];
    if (button.ariaBusy === "true") return;
    clearRefusal(form);
    button.ariaBusy = "true";
    const asked = { url: this.dataset.url, digits: this.#digits, head: headOf(form), words: this.dataset };
    const problem = await receiveAll(this.#lines(), asked).catch(() => ({ detail: t("no_answer") }));
    button.ariaBusy = "false";
    if (problem) return refuse(form, problem, t, this.#lines().some((one) => one.isSaved) && this.dataset.some);
    sayNext(this.dataset.done);
    location.assign(this.dataset.goes);
  }
}

customElements.define("supply-form", SupplyForm);
