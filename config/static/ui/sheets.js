// Sheets are <dialog class="sheet" id>: [data-opens="id"] opens one, [data-closes] in it and Escape close it.
// data-fill='{"sale": "…", "title": "…"}' on the opener writes fields by name and texts marked data-shows="title".

document.addEventListener("click", ({ target }) => {
  const opener = target.closest("[data-opens]");
  if (opener) open(opener);
  if (target.closest("[data-closes]")) target.closest("dialog").close();
});

function open({ dataset }) {
  const sheet = document.getElementById(dataset.opens);
  Object.entries(JSON.parse(dataset.fill ?? "{}")).forEach(([name, value]) => fill(sheet, name, value));
  sheet.showModal();
  sheet.querySelector("[autofocus]")?.focus();
}

function fill(sheet, name, value) {
  sheet.querySelectorAll(`[name="${CSS.escape(name)}"]`).forEach((field) => {
    field.value = value ?? "";
  });
  sheet.querySelectorAll(`[data-shows="${CSS.escape(name)}"]`).forEach((element) => {
    element.textContent = value ?? "";
  });
}
