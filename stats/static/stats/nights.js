// Bars side by side, tonight against a week ago. As stats/figures/nights.py, which draws the page first.

/** What the hours of a week ago had brought by this minute: [[hour, revenue, revenue a week ago], …]. */
export function beforeByNow(hours, { hour, minute }) {
  const running = hours.findIndex(([one]) => one === hour);
  const sum = hours.slice(0, running).reduce((total, [, , before]) => total + before, 0);
  return sum + Math.floor((hours[running][2] * minute) / 60);
}

/** Hour and minute on a bar's own clock. */
export function clockIn(timeZone, now = new Date()) {
  const format = new Intl.DateTimeFormat("en", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const [hour, minute] = format.format(now).split(":").map(Number);
  return { hour, minute };
}

/** By how much more, as a share: 0.12; null where there was nothing to compare with. */
export const changeOf = (revenue, before) => (before > 0 ? (revenue - before) / before : null);

/** The nights of one currency added up. */
export const sumOf = (nights) =>
  nights.reduce(
    (sum, { revenue, before, sales }) => ({ revenue: sum.revenue + revenue, before: sum.before + before, sales: sum.sales + sales }),
    { revenue: 0, before: 0, sales: 0 },
  );
