import { drawRows } from "../ui/rows.js";

/** Draws the lines of a basket into its list. */
export function drawLines(list, template, lines, money) {
  drawRows(list, template, lines, ({ product }) => product, (row, line, isNew) => {
    if (isNew) name(row, line.name);
    row.querySelector("[data-quantity]").textContent = line.quantity;
    row.querySelector("[data-price]").textContent = money(line.price);
    row.querySelector("[data-line-total]").textContent = money(line.total);
    row.toggleAttribute("data-last", line.quantity === 1); // one less takes the line out: the button shows a bin
  });
}

/** "One less" alone says nothing to somebody who hears the buttons one after another. */
function name(row, text) {
  row.querySelector("[data-name]").textContent = text;
  row.querySelectorAll("button").forEach((button) => {
    button.setAttribute("aria-label", `${button.getAttribute("aria-label")}: ${text}`);
  });
}
