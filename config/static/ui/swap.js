import { glow } from "./changes.js";

// Brings a page up to date from the same page read again, and leaves alone what somebody is busy with.

const BUSY = "input:focus, textarea:focus, select:focus, dialog[open]";

/** Elements marked data-live are found again by their id. */
export function swap(fresh) {
  fresh.querySelectorAll("[data-live][id]").forEach((region) => {
    const old = document.getElementById(region.id);
    if (!old || old.isEqualNode(region)) return;
    old.hidden = region.hidden;
    if ([...region.children].some(keyOf)) swapRows(old, region);
    else if (!isBusy(old)) old.replaceChildren(...region.childNodes);
  });
}

const keyOf = ({ id, dataset }) => dataset.key ?? id;

/** Rows that are as they were stay, with all that a person did to them. */
function swapRows(list, fresh) {
  const old = new Map([...list.children].map((row) => [keyOf(row), row]));
  [...fresh.children].forEach((row, place) => {
    const known = old.get(keyOf(row));
    old.delete(keyOf(row));
    const shown = known && (known.isEqualNode(row) || isBusy(known)) ? known : row;
    if (known && known !== shown) known.replaceWith(shown);
    if (list.children[place] !== shown) list.insertBefore(shown, list.children[place] ?? null);
    if (known !== shown) glow(shown);
  });
  old.forEach((row) => isBusy(row) || row.remove());
}

/** Somebody types in it, has a sheet of it open, or has ticked something. */
function isBusy(element) {
  const isTicked = ({ checked, defaultChecked }) => checked !== defaultChecked;
  return Boolean(element.querySelector(BUSY)) || [...element.querySelectorAll("input[type=checkbox]")].some(isTicked);
}
