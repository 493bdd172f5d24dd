/** A basket's sale as the outbox keeps it. Its order is the body for the server, at the prices that were shown. */
export function saleOf({ basket, bar, money, tab }, payment, more) {
  const { key, lines, total, discount } = basket;
  const ordered = lines.map(({ product, quantity, price }) => ({ product, quantity, price }));
  const order = { key, payment, lines: ordered, ...(discount && { discount }), ...more };
  return { key, bar, tab, lines, total, ...money, order, soldAt: new Date().toISOString() };
}
