/** Joins what is tapped on the page to the model of the till. */
export function takeTaps(page, { counter, checkout, basket, round, t, money }) {
  const part = (name) => page.querySelector(name);
  const [notice, tabs, seller] = [part("sale-notice"), part("tab-sheet"), part("seller-picker")];
  const edited = (isDone) => isDone && notice.hide();
  const step = ({ product, by }) => (by > 0 ? counter.add(product) : counter.put(product, basket.quantityOf(product) + by));
  const pay = (payment, more) => checkout.pay(payment, { ...seller?.order, ...more });
  part("product-grid").addEventListener("add", ({ detail }) => edited(counter.add(detail)));
  part("sale-basket").addEventListener("step", ({ detail }) => edited(step(detail)));
  part("sale-basket").addEventListener("empty", () => edited(counter.empty()));
  const onTab = () => (page.dataset.tab ? pay("tab", { tab: page.dataset.tab }) : tabs.open());
  part("sale-basket").addEventListener("pay", ({ detail }) => (detail === "tab" ? onTab() : pay(detail)));
  part("discount-field")?.addEventListener("discount", ({ detail }) => edited(counter.discount(detail)));
  part("sale-basket").addEventListener("again", () => {
    const short = counter.fill(round.lines);
    if (short.length) notice.show({ code: "round_short", lines: short.map((line) => ({ text: line.available ? "short" : "none_left", ...line })) }, { t, money });
  });
  tabs.addEventListener("chosen", ({ detail }) => pay("tab", { tab: detail }));
  part("credit-form").addEventListener("chosen", ({ detail }) => pay("credit", { client: detail }));
  part("toast-area").addEventListener("dismiss", () => part("product-finder").clear());
  notice.addEventListener("fit", () => counter.fit());
  document.addEventListener("take-up", ({ detail }) => checkout.takeUp(detail));
}
