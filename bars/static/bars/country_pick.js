// <country-pick>: the country that is chosen proposes its currency and its time zone. It begins with the country of the
// clock that this device runs by.
class CountryPick extends HTMLElement {
  connectedCallback() {
    const country = this.querySelector("[data-country]");
    country.addEventListener("change", () => this.#propose(country.selectedOptions[0].dataset));
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const mine = [...country.options].find(({ dataset }) => dataset.zone === here);
    if (!mine) return;
    country.value = mine.value;
    this.#propose(mine.dataset);
  }

  #propose({ currency, zone }) {
    this.querySelector("[name=currency]").value = currency;
    this.querySelector("[name=time_zone]").value = zone;
  }
}

customElements.define("country-pick", CountryPick);
