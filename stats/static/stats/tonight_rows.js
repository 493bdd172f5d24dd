import { glow } from "../ui/changes.js";
import { drawRows } from "../ui/rows.js";

const write = (row, name, text) => (row.querySelector(`[data-${name}]`).textContent = text);

function fillSale(row, sale, { t, money, clock }) {
  write(row, "at", clock(sale.at));
  write(row, "lines", (sale.lines ?? "").replaceAll(" × ", "\u00a0×\u00a0"));
  write(row, "seller", sale.seller);
  write(row, "total", money(sale.total));
  const tag = row.querySelector("[data-status]");
  tag.dataset.status = sale.status;
  tag.textContent = t(sale.status);
  tag.hidden = sale.status === "validated"; // the rule needs no word, only what departs from it
}

function fillStock(row, { name, available }, { t }) {
  row.dataset.level = available === 0 ? "out" : "low";
  write(row, "name", name);
  write(row, "available", available === 0 ? t("sold_out") : available);
}

function fillProduct(row, { name, quantity, revenue }, { money, count }) {
  write(row, "name", name);
  write(row, "quantity", count(quantity));
  write(row, "revenue", money(revenue));
}

function fillSeller(row, { name, sales, revenue }, { t, money, count }) {
  write(row, "name", name);
  write(row, "sales", t("sales", { count: sales }).replace(sales, count(sales)));
  write(row, "revenue", money(revenue));
}

const LISTS = [
  { name: "last_sales", template: "sale-row", keyOf: ({ id }) => id, fill: fillSale },
  { name: "low_stock", template: "stock-row", keyOf: ({ product }) => product, fill: fillStock },
  { name: "top_products", template: "product-row", keyOf: ({ product }) => product, fill: fillProduct },
  { name: "sellers", template: "seller-row", keyOf: ({ seller }) => seller, fill: fillSeller },
];

/** Draws the lists of a bar's board; rows that are new glow. */
export function drawLists(board, figures, words) {
  for (const { name, template, keyOf, fill } of LISTS) {
    const draw = (row, item, isNew) => {
      fill(row, item, words);
      if (isNew) glow(row);
    };
    drawRows(board.querySelector(`[data-list="${name}"]`), document.getElementById(template), figures[name], keyOf, draw);
    board.querySelector(`[data-empty="${name}"]`).hidden = figures[name].length > 0;
  }
}
