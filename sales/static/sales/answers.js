/** Tells the seller how each sale ended. */
export function showAnswers(page, { checkout, t, money }) {
  const notice = page.querySelector("sale-notice");
  const toasts = page.querySelector("toast-area");
  checkout.addEventListener("sold", ({ detail: { status, total, payment } }) => {
    notice.hide();
    toasts.show(money(total), t(status === "pending" ? "sold_pending" : "sold", { payment: t(payment) }));
  });
  checkout.addEventListener("refused", ({ detail }) => notice.show(detail, { t, money }));
  checkout.addEventListener("unsure", () => notice.show({ code: "unsure" }, { t, money }));
  checkout.addEventListener("signed_out", () => {
    location.assign(`/login/?next=${encodeURIComponent(location.pathname)}`); // the basket waits in this tab
  });
}
