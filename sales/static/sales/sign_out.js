import { outbox } from "./outbox_page.js";

// Nobody signs out while sales of theirs are unsent: only they can send them.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-signs-out]");
  if (!form) return;
  event.preventDefault();
  await outbox.open().catch(() => {});
  if (outbox.sales.length) document.querySelector("unsent-sales").show({ isLeaving: true });
  else form.submit();
});
