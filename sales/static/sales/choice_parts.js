// [data-when="reason=other defective"]: a part of a form that is for these choices only; its fields are sent only then.

function fit(form) {
  form.querySelectorAll("[data-when]").forEach((part) => {
    const [name, values] = part.dataset.when.split("=");
    part.hidden = !values.split(" ").includes(form.elements[name].value);
    part.querySelectorAll("input, select").forEach((field) => (field.disabled = part.hidden));
  });
}

document.addEventListener("change", ({ target }) => target.form && fit(target.form));
document.addEventListener("reset", ({ target }) => setTimeout(() => fit(target)), true); // once it is done
document.addEventListener("click", ({ target }) => {
  const sheet = document.getElementById(target.closest("[data-opens]")?.dataset.opens);
  sheet?.querySelectorAll("form").forEach(fit); // which the opener has filled
});
