import { moneyFormat } from "../ui/money.js";

const timeOf = (sale) => new Date(sale.soldAt).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
const linesOf = ({ lines }) => lines.map(({ quantity, name }) => `${quantity} × ${name}`).join(", ");

/** Writes a sale of the outbox into its row; what can be decided shows where it was refused. */
export function fillUnsent(row, sale, t) {
  const write = (name, text) => (row.querySelector(name).textContent = text);
  write("[data-time]", timeOf(sale));
  write("[data-total]", moneyFormat(sale.currency, sale.digits)(sale.total));
  write("[data-lines]", linesOf(sale));
  write("[data-problem]", sale.problem ? sale.problem.detail || sale.problem.title || t("refused") : "");
  row.querySelector("[data-decide]").hidden = !sale.problem;
  row.querySelector("[data-verb=take-up]").hidden = !document.querySelector(`bar-till[data-bar="${CSS.escape(sale.bar)}"]`);
}
