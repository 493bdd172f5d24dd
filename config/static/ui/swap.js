import { glow } from "./changes.js";

// Brings a page up to date from the same page read again, and leaves alone what somebody is busy with.

const BUSY = "input:focus, textarea:focus, select:focus, dialog[open]";

/** Elements marked data-live are found again by their id. Returns whether some were left as they were. */
export function swap(fresh) {
  return [...fresh.querySelectorAll("[data-live][id]")].map(swapRegion).includes(true);
}

function swapRegion(region) {
  const old = document.getElementById(region.id);
  if (!old || old.isEqualNode(region)) return false;
  old.hidden = region.hidden;
  if ([...region.children].some(keyOf)) return swapRows(old, region);
  if (isBusy(old)) return true;
  old.replaceChildren(...region.childNodes);
  return false;
}

const keyOf = ({ id, dataset }) => dataset.key ?? id;

/** Rows that are as they were stay, with all that a person did to them. */
function swapRows(list, fresh) {
  const busy = new Set([...list.children].filter(isBusy));
  const keys = new Set([...fresh.children].map(keyOf));
  // First, so that a sheet stays where it is: moved, it would be open and no longer modal.
  [...list.children].forEach((row) => keys.has(keyOf(row)) || busy.has(row) || row.remove());
  const old = new Map([...list.children].map((row) => [keyOf(row), row]));
  [...fresh.children].forEach((row, place) => {
    const known = old.get(keyOf(row));
    old.delete(keyOf(row));
    const shown = known && (known.isEqualNode(row) || busy.has(known)) ? known : row;
    if (known && known !== shown) known.replaceWith(shown);
    if (list.children[place] !== shown) list.insertBefore(shown, list.children[place] ?? null);
    if (known !== shown) glow(shown);
  });
  return busy.size > 0;
}

/** Somebody types in it, has ticked something, or has a sheet open: it, or one in it. */
function isBusy(element) {
  const isTicked = ({ checked, defaultChecked }) => checked !== defaultChecked;
  const isHeld = element.matches(BUSY) || element.querySelector(BUSY);
  return Boolean(isHeld) || [...element.querySelectorAll("input[type=checkbox]")].some(isTicked);
}
