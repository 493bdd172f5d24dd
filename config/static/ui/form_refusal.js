import { isWanted } from "./form_body.js";

// Shows in a form why the API has refused it: a sentence at its head, and one under each field that is meant.

export function showRefusal(form, { detail, errors = [] }, t) {
  clearRefusal(form);
  const left = errors.filter(({ field, message }) => !mark(fieldOf(form, field), message));
  const isAllMarked = errors.length > 0 && left.length === 0;
  const place = form.querySelector("[data-refusal]") ?? form.appendChild(Object.assign(document.createElement("p"), { className: "alert" }));
  place.dataset.refusal = "";
  place.role = "alert";
  place.textContent = isAllMarked ? t("check_fields") : left.map(({ message }) => message).join(" ") || detail || t("refused");
  place.hidden = false;
  form.querySelector("[aria-invalid]")?.focus();
}

export function clearRefusal(form) {
  form.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
  form.querySelectorAll(".field-error").forEach((text) => text.remove());
  form.querySelectorAll("[data-refusal]").forEach((place) => (place.hidden = true));
}

/** "body.order.lines.0.quantity" is the field "quantity" of the first line that was sent; else the longest name that fits. */
function fieldOf(form, path) {
  const parts = path.split(".");
  const place = parts.findLastIndex((part) => /^\d+$/.test(part));
  const item = [...form.querySelectorAll(`[data-item="${CSS.escape(parts[place - 1] ?? "")}"]`)].filter(isWanted)[parts[place]];
  const names = parts.slice(place + 1).map((_, start, rest) => rest.slice(start).join("."));
  const found = names.map((name) => (item ?? form).querySelector(`[name="${CSS.escape(name)}"]:not([type=hidden])`));
  return found.find(Boolean);
}

function mark(field, message) {
  if (!field) return false;
  field.setAttribute("aria-invalid", "true");
  const text = Object.assign(document.createElement("span"), { className: "field-error", textContent: message });
  (field.closest(".field") ?? field).append(text);
  return true;
}
