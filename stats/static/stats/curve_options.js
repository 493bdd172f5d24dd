// How uPlot draws the hours of an evening: bars for tonight, a line for a week ago.

/** uPlot's columns: places, tonight's revenue, a week ago's. */
export const curveData = (hours) => [hours.map((_, place) => place), hours.map(([, now]) => now), hours.map(([, , before]) => before)];

/** The first and the last place with any revenue, at least eight hours, so that an evening fills the width. */
export function rangeOf(hours) {
  const places = hours.flatMap(([, now, before], place) => (now || before ? [place] : []));
  const last = Math.min(hours.length - 1, Math.max(...places, (places[0] ?? 0) + 7));
  const first = Math.max(0, Math.min(...places, last - 7));
  return [first - 0.5, last + 0.5];
}

/** Options for uPlot, in the page's colours and language. */
export function curveOptions({ width, height, style, currency, digits, hours }) {
  const colour = (name) => style.getPropertyValue(name).trim();
  const short = new Intl.NumberFormat(document.documentElement.lang, { notation: "compact", style: "currency", currency, maximumFractionDigits: 1 });
  const axis = { stroke: colour("--ink-soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: () => rangeOf(hours()) }, y: { range: (_, least, most) => [Math.min(0, least), most * 1.1 || 1] } },
    axes: [
      { ...axis, size: 28, grid: { show: false }, incrs: [1, 2, 3, 4, 6], values: (_, places) => places.map((place) => hourOf(hours(), place)) },
      { ...axis, size: 72, values: (_, amounts) => amounts.map((amount) => short.format(amount / 10 ** digits)) },
    ],
    series: [
      {},
      { fill: colour("--accent"), stroke: colour("--accent"), paths: globalThis.uPlot.paths.bars({ size: [0.6, 40] }), points: { show: false } },
      { stroke: colour("--ink-soft"), width: 2, dash: [4, 4], points: { show: false } },
    ],
  };
}

const hourOf = (hours, place) => (Number.isInteger(place) && hours[place] ? `${hours[place][0]}h` : "");
