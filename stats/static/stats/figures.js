/** Revenue per sale in minor units, half a unit rounded up; 0 before the first sale. As stats/figures.py. */
export const averageBasket = ({ revenue, sales }) => (sales ? Math.floor((2 * revenue + sales) / (2 * sales)) : 0);

/** What the tonight page shows, as text by figure. */
export function tonightFigures(figures, money, language) {
  const count = new Intl.NumberFormat(language);
  return {
    revenue: money(figures.revenue),
    sales: count.format(figures.sales),
    average: money(averageBasket(figures)),
    pending: count.format(figures.pending.count),
    pending_total: money(figures.pending.total),
  };
}

export function platformFigures({ today_sales, total_users, active_consignments }, language) {
  const count = new Intl.NumberFormat(language);
  const texts = Object.entries({ today_sales, total_users, active_consignments });
  return Object.fromEntries(texts.map(([name, value]) => [name, count.format(value)]));
}
