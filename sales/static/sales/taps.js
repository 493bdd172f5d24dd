/** Joins what is tapped on the page to the model of the till. */
export function takeTaps(page, { counter, checkout, basket }) {
  const part = (name) => page.querySelector(name);
  const notice = part("sale-notice");
  const edited = (isDone) => {
    if (!isDone) return;
    notice.hide();
    part("toast-area").clear();
  };
  const step = ({ product, by }) => (by > 0 ? counter.add(product) : counter.put(product, basket.quantityOf(product) + by));
  part("product-grid").addEventListener("add", ({ detail }) => edited(counter.add(detail)));
  part("sale-basket").addEventListener("step", ({ detail }) => edited(step(detail)));
  part("sale-basket").addEventListener("empty", () => edited(counter.empty()));
  part("sale-basket").addEventListener("pay", ({ detail }) => checkout.pay(detail));
  part("toast-area").addEventListener("dismiss", () => part("product-finder").clear());
  notice.addEventListener("fit", () => counter.fit());
  notice.addEventListener("retry", () => checkout.pay());
  notice.addEventListener("abandon", () => checkout.abandon());
}
