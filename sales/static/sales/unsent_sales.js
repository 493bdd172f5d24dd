import "../ui/sheets.js";
import { drawRows } from "../ui/rows.js";
import { texts } from "../ui/texts.js";
import { outbox } from "./outbox_page.js";
import "./sign_out.js";
import { fillUnsent } from "./unsent_row.js";

// <unsent-sales>: how many sales this browser keeps until the server has answered, wherever a page says [data-unsent];
// its sheet, in which each can be seen, and one that was refused decided about. data-count is there once they are read.
class UnsentSales extends HTMLElement {
  #t = texts("unsent-texts");

  connectedCallback() {
    outbox.addEventListener("change", () => this.#draw());
    document.addEventListener("show-outbox", () => this.show());
    document.addEventListener("click", ({ target }) => target.closest("[data-unsent]") && this.show());
    this.addEventListener("click", ({ target }) => this.#tapped(target.closest("button")));
  }

  /** `isLeaving` when somebody wants to sign out. */
  show({ isLeaving = false } = {}) {
    this.querySelector("[data-leaving]").hidden = !isLeaving;
    if (!this.querySelector("dialog").open) this.querySelector("dialog").showModal();
  }

  #tapped(button) {
    const { verb } = button?.dataset ?? {};
    const sale = outbox.sales.find(({ key }) => key === button?.closest("[data-key]")?.dataset.key);
    if (verb === "send") outbox.drain();
    if (verb === "retry") outbox.retry(sale);
    if (verb === "discard") button.closest("[data-key]").toggleAttribute("data-sure");
    if (verb === "discard-now") outbox.discard(sale);
    if (verb === "take-up") document.dispatchEvent(new CustomEvent("take-up", { detail: sale }));
    if (verb === "take-up") this.querySelector("dialog").close();
  }

  #draw() {
    const { sales, others } = outbox;
    const [words, count] = [sales.some(({ problem }) => problem) ? "to_decide" : "unsent", sales.length];
    this.dataset.count = count;
    document.querySelectorAll("[data-unsent]").forEach((chip) => {
      Object.assign(chip, { textContent: this.#t(`chip_${words}`, { count }), hidden: !count });
    });
    this.querySelector("[data-headline]").textContent = this.#t(count ? words : "all_sent", { count });
    this.querySelectorAll("[data-verb=send]").forEach((button) => (button.hidden = !sales.some(({ problem }) => !problem)));
    const names = [...new Set(others.map(({ name }) => name))].join(", ");
    const told = others.length ? this.#t("others", { count: others.length, names }) : "";
    document.querySelectorAll("[data-others]").forEach((note) => Object.assign(note, { textContent: told, hidden: !told }));
    drawRows(this.querySelector("ul"), this.querySelector("template"), sales, ({ key }) => key, (row, sale) => fillUnsent(row, sale, this.#t));
  }
}

customElements.define("unsent-sales", UnsentSales);
