import { Checkout } from "./checkout.js";
import { Counter } from "./counter.js";
import { LastRound } from "./last_round.js";
import { SavedBasket } from "./saved_basket.js";
import { Shelf } from "./shelf.js";

/** The model of one till: its shelf, its basket as this tab has left it, and what can be done with them. */
export function openTill({ bar, products, outbox, money, discountLimit }) {
  const saved = new SavedBasket(bar);
  const basket = saved.load();
  if (!discountLimit) basket.discount = 0; // it was filled by somebody who may give one
  const shelf = new Shelf(products);
  const checkout = new Checkout({ shelf, basket, outbox, bar, money, discountLimit });
  const counter = new Counter({ shelf, basket, checkout });
  const round = new LastRound(bar);
  [checkout, counter].forEach((part) => part.addEventListener("change", () => saved.save(basket)));
  checkout.addEventListener("recorded", ({ detail }) => round.save(detail.lines));
  checkout.reserve();
  return { shelf, basket, checkout, counter, outbox, round };
}
