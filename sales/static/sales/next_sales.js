const MOST_AT_ONCE = 50; // as many as the server takes

/** What goes out next of all that is kept: the oldest alone while it is fresh, else with those of its bar that wait too. */
export function nextOf(all, user, fresh) {
  const waiting = all.filter((sale) => sale.user === user && !sale.problem);
  if (fresh.has(waiting[0]?.key)) return waiting.slice(0, 1);
  return waiting.filter(({ bar }) => bar === waiting[0].bar).slice(0, MOST_AT_ONCE);
}
