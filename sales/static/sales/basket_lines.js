/** Draws the lines of a basket into a list, keeping the rows that stay, so that a stepper keeps its focus. */
export function drawLines(list, template, lines, money) {
  const kept = new Map([...list.children].map((row) => [row.dataset.line, row]));
  for (const line of lines) {
    drawRow(kept.get(line.product) ?? append(list, template, line), line, money);
    kept.delete(line.product);
  }
  kept.forEach((row) => row.remove());
}

function append(list, template, { product, name }) {
  const row = template.content.cloneNode(true).firstElementChild;
  row.dataset.line = product;
  row.querySelector("[data-name]").textContent = name;
  row.querySelectorAll("[data-step]").forEach((button) => describe(button, name));
  list.append(row);
  return row;
}

/** "One less" alone says nothing to somebody who hears the buttons one after another. */
function describe(button, name) {
  button.setAttribute("aria-label", `${button.getAttribute("aria-label")}: ${name}`);
}

function drawRow(row, { quantity, price, total }, money) {
  row.querySelector("[data-quantity]").textContent = quantity;
  row.querySelector("[data-price]").textContent = money(price);
  row.querySelector("[data-line-total]").textContent = money(total);
  row.dataset.last = quantity === 1; // one less takes the line out: its button shows a bin
}
