/** Revenue per sale in minor units, half a unit rounded up; 0 before the first sale. As sales/figures.py. */
export const averageBasket = ({ revenue, sales }) => (sales ? Math.floor((2 * revenue + sales) / (2 * sales)) : 0);

/** What a bar's board shows, as text by figure. */
export function tonightFigures(figures, { money, language }) {
  const count = new Intl.NumberFormat(language);
  return {
    revenue: money(figures.revenue),
    sales: count.format(figures.sales),
    average: money(averageBasket(figures)),
    ...counted(figures, "pending", { count, money }),
    ...counted(figures, "open_tabs", { count, money }),
    ...counted(figures, "needs_review", { count, money }),
    refunds: money(figures.refunds),
  };
}

const counted = (figures, name, { count, money }) => ({
  [name]: count.format(figures[name].count),
  [`${name}_total`]: money(figures[name].total),
});

/** What the operators' board shows, as text by figure. */
export function platformFigures({ today_sales, total_users, active_consignments }, language) {
  const count = new Intl.NumberFormat(language);
  const texts = Object.entries({ today_sales, total_users, active_consignments });
  return Object.fromEntries(texts.map(([name, value]) => [name, count.format(value)]));
}

/** A business date, "2026-11-20", as people say it: Vendredi 20 novembre. */
export function dayWords(date, language) {
  const format = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
  const words = format.format(new Date(date));
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The time of a moment on the bar's own clock. */
export function clockOf(language, timeZone) {
  const format = new Intl.DateTimeFormat(language, { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return (moment) => format.format(new Date(moment));
}
