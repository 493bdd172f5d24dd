import { numberOf } from "../ui/form_body.js";

// What the lines of a delivery come to. Without a page: tested by itself.

/** A line as it is typed → what the API takes, `total` and `each` in minor units; null while a number is missing. */
export function readLine({ product, lots, lot_size, lot_price }, digits) {
  const [count, size, price] = [numberOf(lots, 0), numberOf(lot_size, 0), numberOf(lot_price, digits)];
  const isWhole = product !== "" && count > 0 && size > 0 && price >= 0;
  return isWhole ? { product, lots: count, lot_size: size, lot_price: price } : null;
}

export const totalOf = (line) => line.lots * line.lot_price;
export const costOf = (line) => line.lot_price / line.lot_size;
export const sumOf = (lines) => lines.reduce((sum, line) => sum + (line ? totalOf(line) : 0), 0);
