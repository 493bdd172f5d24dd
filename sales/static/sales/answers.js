import { offerReceipt } from "./receipt_offer.js";

/** Tells the seller what has become of each sale: the last one's toast says it, and can take it back. */
export function showAnswers(page, { checkout, outbox, t, money }) {
  const notice = page.querySelector("sale-notice");
  const toasts = page.querySelector("toast-area");
  let last = null;
  const say = (words) => toasts.amend(t(words, { payment: t(last.order.payment) }));
  const about = (kind, tell) => outbox.addEventListener(kind, ({ detail }) => detail.sale.key === last?.key && tell(detail));
  checkout.addEventListener("recorded", ({ detail }) => {
    last = detail;
    notice.hide();
    toasts.show(money(last.total), t("recorded", { payment: t(last.order.payment) }), ["undo", "receipt"]);
  });
  offerReceipt(toasts, { checkout, outbox, t });
  const stands = ({ detail }) => notice.show({ code: "not_undone", detail }, { t, money });
  about("sold", (told) => told.stands && stands(told.stands));
  about("sold", ({ answer }) => say(answer.status === "pending" ? "sold_pending" : answer.status === "needs_review" ? "sold_review" : "sold"));
  about("kept", () => say("kept"));
  about("refused", () => toasts.clear());
  ["undone", "dropped"].forEach((kind) => about(kind, () => (toasts.show(money(last.total), t("undone")), (last = null))));
  toasts.addEventListener("undo", async () => {
    const sale = last;
    toasts.show(money(sale.total), t("undoing"));
    const { kind, problem } = await outbox.undo(sale);
    if (kind === "refused") stands(problem);
    if (kind !== "unclear") return;
    last = sale; // another may have been sold meanwhile: its toast gives way
    toasts.show(money(sale.total), t("undo_unclear"), ["undo"]);
  });
  checkout.addEventListener("refused", ({ detail }) => notice.show(detail, { t, money }));
  checkout.addEventListener("set_aside", ({ detail: { problem } }) => notice.show({ code: "set_aside", detail: problem.detail }, { t, money }));
  outbox.addEventListener("signed_out", signIn);
}

/** The outbox waits in this browser; what is in it is sent after. */
function signIn() {
  location.assign(`/login/?next=${encodeURIComponent(location.pathname)}`);
}
