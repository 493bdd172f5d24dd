import { chooseMode, chosenMode } from "./page_feed.js";

// <mode-switch>: radio buttons named "mode" that choose how this device gets live figures.
class ModeSwitch extends HTMLElement {
  connectedCallback() {
    const chosen = this.querySelector(`input[value="${chosenMode()}"]`);
    if (chosen) chosen.checked = true;
    this.addEventListener("change", ({ target }) => chooseMode(target.value));
    this.hidden = false;
  }
}

customElements.define("mode-switch", ModeSwitch);
