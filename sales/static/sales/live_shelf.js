import { feed } from "../realtime/page_feed.js";
import { get } from "../ui/request.js";

/** Keeps the shelf of a till as the server has it, and sends what waits as soon as there is a network again. */
export function followShelf({ bar, since }, { counter, outbox }) {
  const hear = (event) => counter.hear(event);
  const patch = { "stock.changed": hear, "product.changed": hear, "category.changed": () => false };
  feed.subscribe(`bar.${bar}`, { since, topics: ["stock"], patch, reset: () => refetch(bar, counter) });
  feed.addEventListener("status", () => feed.status === "live" && outbox.drain());
}

/** Promises the cursor that the fresh shelf is right at. */
async function refetch(bar, counter) {
  const response = await get(`/api/v1/bars/${bar}/products`);
  if (!response.ok) throw new Error(`products: ${response.status}`);
  counter.restock(await response.json());
  return response.headers.get("Cursor");
}
