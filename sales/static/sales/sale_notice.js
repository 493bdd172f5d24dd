const ACTIONS = { stock_insufficient: ["fit"], set_aside: ["outbox"], VersionError: ["reload"] };

// <sale-notice>: why a sale was not made, and what can be done. Its button is an event: fit.
class SaleNotice extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", ({ target }) => {
      const verb = target.closest("button")?.dataset.verb;
      if (!verb) return;
      this.hide();
      if (verb === "reload") location.reload();
      else if (verb === "outbox") document.dispatchEvent(new Event("show-outbox"));
      else this.dispatchEvent(new Event(verb));
    });
  }

  /** A notice of refusals.js: its code names the headline, each line is a sentence of its own. */
  show({ code, detail = "", lines = [] }, { t, money }) {
    this.querySelector("[data-headline]").textContent = t.knows(code) ? t(code, { detail }) : t("refused", { detail });
    const sentence = ({ text, price, ...values }) => t(text, { ...values, price: price === undefined ? "" : money(price) });
    this.querySelector("[data-sentences]").replaceChildren(...lines.map((line) => paragraph(sentence(line))));
    const verbs = [code, ...lines.map(({ text }) => text)].flatMap((word) => ACTIONS[word] ?? []);
    this.querySelectorAll("button").forEach((button) => {
      const { verb } = button.dataset;
      button.hidden = verb !== "dismiss" && !verbs.includes(verb);
    });
    this.hidden = false;
  }

  hide() {
    this.hidden = true;
  }
}

function paragraph(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}

customElements.define("sale-notice", SaleNotice);
