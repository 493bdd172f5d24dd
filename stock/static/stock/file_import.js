import { send } from "../ui/request.js";
import { texts } from "../ui/texts.js";

const KINDS = { csv: "text/csv", xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" };

const LONGEST_MS = 60_000; // for ten thousand rows on a slow line

// <file-import data-url>: checks a file as soon as it is chosen, says what it would change or what is wrong with it by
// line, and sends it once more to be written.
class FileImport extends HTMLElement {
  connectedCallback() {
    this.#part("file").addEventListener("change", () => this.#run("?check=1"));
    this.#part("import").addEventListener("click", () => this.#run(""));
  }

  #part = (name) => this.querySelector(`[data-${name}]`);

  async #run(query) {
    const file = this.#part("file").files[0];
    ["refusal", "errors", "preview", "done"].forEach((name) => (this.#part(name).hidden = true));
    if (!file) return;
    const type = KINDS[file.name.split(".").pop().toLowerCase()];
    if (!type) return this.#refuse({ detail: this.#part("text-kind").textContent });
    this.#part("busy").hidden = false;
    await this.#ask(file, type, query).catch(() => this.#refuse({ detail: texts("ui-texts")("no_answer") }));
    this.#part("busy").hidden = true;
  }

  async #ask(file, type, query) {
    const response = await send("POST", this.dataset.url + query, { body: file, type, signal: AbortSignal.timeout(LONGEST_MS) });
    const answer = await response.json();
    if (!response.ok) return this.#refuse(answer);
    this.querySelectorAll("[data-shows]").forEach((cell) => (cell.textContent = answer[cell.dataset.shows]));
    this.#part("preview").hidden = answer.written;
    this.#part("import").disabled = answer.created + answer.changed === 0;
    this.#part("done").hidden = !answer.written;
  }

  #refuse({ title, detail, errors = [] }) {
    this.#part("refusal").textContent = errors.length ? title : detail;
    this.#part("refusal").hidden = false;
    this.#part("errors").hidden = errors.length === 0;
    this.#part("errors").replaceChildren(...errors.map((error) => this.#row(error)));
  }

  #row({ line, message }) {
    const row = this.querySelector("template").content.cloneNode(true).firstElementChild;
    row.querySelector("[data-line]").textContent = line ? this.#part("text-line").textContent.replace("{line}", line) : "";
    row.querySelector("[data-message]").textContent = message;
    return row;
  }
}

customElements.define("file-import", FileImport);
