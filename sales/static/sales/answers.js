/** Tells the seller how each sale ended. */
export function showAnswers(page, { checkout, t, money }) {
  const notice = page.querySelector("sale-notice");
  const toasts = page.querySelector("toast-area");
  checkout.addEventListener("sold", ({ detail: { status, total, payment } }) => {
    notice.hide();
    toasts.show(money(total), t(status === "pending" ? "sold_pending" : "sold", { payment: t(payment) }));
  });
  checkout.addEventListener("refused", ({ detail }) => notice.show(detail, { t, money }));
  checkout.addEventListener("unsure", ({ detail }) => {
    notice.show(detail, { t, money });
    if (detail.mustSignIn) signIn();
  });
  checkout.addEventListener("signed_out", signIn);
}

/** The basket waits in this tab; an unsure one is asked for again after. */
function signIn() {
  location.assign(`/login/?next=${encodeURIComponent(location.pathname)}`);
}
