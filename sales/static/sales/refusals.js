import { uuid } from "../realtime/identity.js";

// A refused sale has changed nothing on the server. Here the till learns from it, and what to tell.

const corrections = {
  stock_insufficient({ shortages }, { shelf }) {
    shortages.forEach(({ product, available }) => shelf.correct(product, available));
    return shortages.map((line) => ({ text: line.available > 0 ? "short" : "none_left", ...line }));
  },
  price_changed({ prices }, { shelf, basket }) {
    return prices.map(({ product, price }) => {
      const { name } = shelf.reprice(product, price);
      basket.put({ id: product, name, price }, basket.quantityOf(product));
      return { text: "new_price", name, price };
    });
  },
  unknown_product({ products }, { basket }) {
    const gone = basket.lines.filter(({ product }) => products.includes(product));
    gone.forEach(({ product }) => basket.put({ id: product }, 0));
    return gone.map(({ name }) => ({ text: "withdrawn", name }));
  },
  discount_too_high: ({ most }) => [{ text: "most_off", price: most }],
  // A duplicated tab holds the same basket: what is in it now is another sale, if somebody taps again.
  ConstraintError(_, { basket }) {
    basket.key = uuid();
    return [];
  },
};

/** Puts right what the problem tells of; returns the notice for the seller: { code, detail, lines }. */
export function correct(problem, till) {
  const lines = corrections[problem.code]?.(problem, till) ?? [];
  return { code: problem.code, detail: problem.detail ?? "", lines };
}

/** Takes out of the basket what the shelf can't give. */
export function fit({ shelf, basket }) {
  for (const { product, quantity } of basket.lines) {
    const found = shelf.get(product);
    if (!found) basket.put({ id: product }, 0);
    else if (quantity > found.available) basket.put(found, found.available);
  }
}
