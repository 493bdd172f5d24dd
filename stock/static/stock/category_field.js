// <category-field><select>… <option value="new" data-new="id of a sheet">: where none of the categories fits, the sheet
// makes one, which is then the chosen one.
class CategoryField extends HTMLElement {
  #select = this.querySelector("select");
  #chosen = this.#select.value;

  connectedCallback() {
    if (this.#chosen === "new") this.#select.value = this.#chosen = "";
    const sheet = document.getElementById(this.#select.querySelector("[data-new]").dataset.new);
    this.#select.addEventListener("change", () => this.#change(sheet));
    sheet.addEventListener("sent", (event) => this.#add(event, sheet));
  }

  #change(sheet) {
    if (this.#select.value !== "new") {
      this.#chosen = this.#select.value;
      return;
    }
    this.#select.value = this.#chosen;
    sheet.showModal();
  }

  #add(event, sheet) {
    event.preventDefault();
    const { id, name } = event.detail;
    this.#select.querySelector("[data-new]").before(new Option(name, id, true, true));
    this.#chosen = id;
    sheet.querySelector("form").reset();
    sheet.close();
  }
}

customElements.define("category-field", CategoryField);
