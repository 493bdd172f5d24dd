// What a form says, as the JSON that the API takes. An element's name is its key; dots nest: "person.name".

/** `digits` are the decimals of the bar's currency; names in `without` stay out (they stand in the address). */
export function bodyOf(form, { digits = 0, without = [] } = {}) {
  const body = {};
  for (const field of form.elements) {
    if (isSaid(field) && !without.includes(field.name) && !field.closest("[data-item]")) put(body, field, digits);
  }
  form.querySelectorAll("[data-item]").forEach((item) => {
    const list = (body[item.dataset.item] ??= []);
    if (isWanted(item)) list.push(itemOf(item, digits));
  });
  return body;
}

/** Whether a row of a list counts: the field that it can't be without is filled. */
export const isWanted = (item) => !item.disabled && item.querySelector("[data-must]")?.value !== "";

function itemOf(item, digits) {
  const entry = {};
  item.querySelectorAll("input, select, textarea").forEach((field) => isSaid(field) && put(entry, field, digits));
  return entry;
}

function isSaid({ name, type, checked, disabled, dataset }) {
  if (!name || disabled || type === "submit") return false;
  return type === "radio" || (type === "checkbox" && dataset.as === "list") ? checked : true;
}

function put(body, field, digits) {
  const value = valueOf(field, digits);
  if (value === undefined) return;
  const path = field.name.split(".");
  const last = path.pop();
  const into = path.reduce((object, name) => (object[name] ??= {}), body);
  if (field.dataset.as === "list") (into[last] ??= []).push(value);
  else into[last] = value;
}

function valueOf({ type, value, checked, dataset: { as } }, digits) {
  if (type === "checkbox" && as !== "list") return checked;
  const text = value.trim();
  if (text === "") return { null: null, text: "" }[as]; // else it is left out
  if (as === "bool") return text === "true";
  if (as === "number") return Number.isNaN(Number(text.replace(",", "."))) ? text : Number(text.replace(",", "."));
  if (as === "amount") return numberOf(text, digits) ?? text;
  return as === "int" ? (numberOf(text, 0) ?? text) : text;
}

/** "1 500,50" with 2 digits → 150050; undefined where it is no such number: the server then says so at the field. */
export function numberOf(text, digits) {
  const plain = text.replace(/[\s\u00a0\u202f]/g, "").replace(",", ".");
  const whole = Number(plain) * 10 ** digits;
  return plain !== "" && Math.abs(whole - Math.round(whole)) < 1e-6 ? Math.round(whole) : undefined;
}
