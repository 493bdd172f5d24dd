import { Checkout } from "./checkout.js";
import { Counter } from "./counter.js";
import { SavedBasket } from "./saved_basket.js";
import { sell } from "./selling.js";
import { Shelf } from "./shelf.js";

/** The model of one till: its shelf, its basket as this tab has left it, and what can be done with them. */
export function openTill({ api, bar, products }) {
  const saved = new SavedBasket(bar);
  const { basket, payment: unanswered } = saved.load();
  const shelf = new Shelf(products);
  const send = (order, options) => sell(`${api}/sales`, order, options);
  const checkout = new Checkout({ shelf, basket, send, unanswered });
  const counter = new Counter({ shelf, basket, checkout });
  const save = () => saved.save(basket, checkout.payment);
  [checkout, counter].forEach((part) => part.addEventListener("change", save));
  return { shelf, basket, checkout, counter };
}
