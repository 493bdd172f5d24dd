import { showRefusal } from "../ui/form_refusal.js";

// What all lines of a delivery have in common: supplier, payment and note, and the place where a refusal shows.

export function headOf({ elements: { supplier, payment, note } }) {
  return { supplier: supplier.value || null, payment: payment.value, note: note.value.trim() };
}

/** Says what is wrong, beside the line that it is about; `some` says that others are in already. */
export function refuse(form, { line, ...problem }, t, some) {
  showRefusal(form, problem, t);
  const place = form.querySelector("[data-refusal]");
  if (some) place.append(` ${some}`);
  place.scrollIntoView({ block: "center" });
  line?.querySelector("select").focus();
}
