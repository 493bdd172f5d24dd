// <drop-menu> around a <details>: Escape and a tap elsewhere close it.
class DropMenu extends HTMLElement {
  connectedCallback() {
    const details = this.querySelector("details");
    document.addEventListener("click", ({ target }) => {
      if (!this.contains(target)) details.open = false;
    });
    this.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape" || !details.open) return;
      details.open = false;
      details.querySelector("summary").focus();
    });
  }
}

customElements.define("drop-menu", DropMenu);
