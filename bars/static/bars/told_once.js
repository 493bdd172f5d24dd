import "./copy_text.js";

// <told-once data-sheet="id"> around an <api-form> whose answer is shown once and nowhere else: it opens the sheet and
// writes what was sent and answered into its [data-told="name"]. Where there is nothing to hand over, it stays away.
class ToldOnce extends HTMLElement {
  connectedCallback() {
    const sheet = document.getElementById(this.dataset.sheet);
    this.addEventListener("sent", (event) => {
      const told = toldBy(event.target.querySelector("form"), event.detail);
      if (!told.code && !told.password) return;
      event.preventDefault();
      this.closest("dialog").close();
      event.target.querySelector("form").reset();
      show(sheet, told);
    });
    sheet.addEventListener("close", () => document.querySelectorAll("live-page").forEach((page) => page.refresh()));
  }
}

function toldBy(form, answer) {
  const { password, username } = form.elements;
  const link = answer.code && new URL(`/join/${answer.code}`, location.href).href;
  return { ...answer, link, password: password?.disabled ? "" : (password?.value ?? ""), username: username?.value };
}

function show(sheet, told) {
  sheet.querySelectorAll("[data-told]").forEach((place) => {
    const text = told[place.dataset.told] ?? "";
    if (place instanceof HTMLInputElement) place.value = text;
    else place.textContent = text;
  });
  sheet.querySelectorAll("[data-whatsapp]").forEach((link) => {
    link.href = `https://wa.me/?text=${encodeURIComponent(link.dataset.whatsapp.replace("{link}", told.link))}`;
  });
  sheet.showModal();
}

customElements.define("told-once", ToldOnce);
