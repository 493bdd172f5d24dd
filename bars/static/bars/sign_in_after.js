// <sign-in-after> around a form that makes an account and the form that signs in: once the one is done, the other is sent.
class SignInAfter extends HTMLElement {
  connectedCallback() {
    this.addEventListener("sent", (event) => {
      event.preventDefault();
      const { username, password } = event.target.querySelector("form").elements;
      const form = this.querySelector("[data-sign-in]");
      form.elements.username.value = username.value;
      form.elements.password.value = password.value;
      form.requestSubmit();
    });
  }
}

customElements.define("sign-in-after", SignInAfter);
