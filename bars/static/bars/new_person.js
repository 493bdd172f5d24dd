const [CONSONANTS, VOWELS, DIGITS] = ["bdfgklmnprstvz", "aeiou", "23456789"];
const SYLLABLES = 6; // with four digits 51 bits, against a server that counts tries

/** A password to read out: "bako-timu-lezi-4827". */
export function firstPassword(random = (most) => crypto.getRandomValues(new Uint32Array(1))[0] % most) {
  const one = (letters) => letters[random(letters.length)];
  const syllables = Array.from({ length: SYLLABLES }, () => one(CONSONANTS) + one(VOWELS)).join("");
  const digits = Array.from({ length: 4 }, () => one(DIGITS)).join("");
  return [...syllables.match(/.{4}/g), digits].join("-");
}

// <new-person>: who signs in gets a user name, proposed from the name, and a first password; a name alone gets neither.
class NewPerson extends HTMLElement {
  connectedCallback() {
    const [form, account] = [this.querySelector("form"), this.querySelector("[data-account]")];
    const { name, username, password } = form.elements;
    const draw = () => {
      const isAccount = this.querySelector("[data-with-account]").checked;
      account.disabled = account.hidden = password.disabled = username.disabled = !isAccount;
      this.querySelector("[data-no-account]").hidden = isAccount;
      password.value = firstPassword();
    };
    name.addEventListener("input", () => username.dataset.typed || (username.value = usernameOf(name.value)));
    username.addEventListener("input", () => (username.dataset.typed = "yes"));
    form.addEventListener("change", ({ target }) => target.matches("[data-with-account]") && draw());
    form.addEventListener("reset", () => {
      delete username.dataset.typed;
      queueMicrotask(draw);
    });
    draw();
  }
}

const usernameOf = (name) =>
  name.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, ".").replace(/^\.|\.$/g, "");

customElements.define("new-person", NewPerson);
