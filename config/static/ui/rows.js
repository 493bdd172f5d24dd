/**
 * Draws items into a list, a row of the template each: rows that stay keep their focus, the others come and go.
 * keyOf(item) is a row's data-key; fill(row, item, isNew) writes it.
 */
export function drawRows(list, template, items, keyOf, fill) {
  const old = new Map([...list.children].map((row) => [row.dataset.key, row]));
  items.forEach((item, place) => {
    const key = keyOf(item);
    const row = old.get(key) ?? template.content.cloneNode(true).firstElementChild;
    row.dataset.key = key;
    fill(row, item, !old.delete(key));
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
  });
  old.forEach((row) => row.remove());
}
