// <signed-number>: a [data-sign] and a [data-number] that people choose make the hidden field that is sent.
class SignedNumber extends HTMLElement {
  connectedCallback() {
    const [sent, sign, number] = ["[type=hidden]", "[data-sign]", "[data-number]"].map((one) => this.querySelector(one));
    this.addEventListener("input", () => (sent.value = number.value && String(Number(sign.value) * Number(number.value))));
  }
}

customElements.define("signed-number", SignedNumber);
