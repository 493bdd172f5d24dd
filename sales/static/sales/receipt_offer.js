/** Where this bar has it: the toast of the last sale opens its receipt, as soon as the server has the sale. */
export function offerReceipt(toasts, { checkout, outbox, t }, open = (path) => location.assign(path)) {
  let last = null;
  const about = (kind, tell) => outbox.addEventListener(kind, ({ detail }) => detail.sale.key === last?.key && tell(detail));
  const say = (words, path = null) => {
    const button = toasts.querySelector(".toast [data-verb=receipt]");
    if (!button) return;
    button.querySelector("[data-says]").textContent = t(words);
    button.disabled = !path;
    last = { ...last, path };
  };
  checkout.addEventListener("recorded", ({ detail }) => (last = detail));
  about("kept", () => say("receipt_waits"));
  about("sold", ({ sale, answer }) => say("receipt", `/bars/${sale.bar}/sales/${answer.id}/receipt`));
  toasts.addEventListener("receipt", () => open(last.path));
}
