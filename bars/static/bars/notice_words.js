// What a notice says, where it is dealt with, and how long ago it came.

const PLACES = { stock_low: "tonight", sale_pending: "pending", sale_needs_review: "pending", bar_full: "tonight" };
const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

const SENTENCES = {
  stock_low: ({ available }, { t, name }) => t(available > 0 ? "stock_low" : "stock_out", { name: name ?? t("a_product"), count: available }),
  sale_pending: ({ count }, { t }) => t("sale_pending", { count }),
  sale_needs_review: ({ total }, { t, money }) => t("sale_needs_review", { total: money(total) }),
  bar_full: (data, { t }) => t("bar_full"),
  view_failed: ({ view }, { t }) => t("view_failed", { view }),
  view_old: ({ view }, { t }) => t("view_old", { view }),
};

/** `name` is the subject's, where it is known. A kind of tomorrow has a sentence too. */
export const sentenceOf = ({ kind, data }, words) => (Object.hasOwn(SENTENCES, kind) ? SENTENCES[kind](data, words) : words.t("something"));

/** The address where a notice of a bar is dealt with; null where there is none. */
export function linkOf({ kind, stream }) {
  const [family, bar] = stream.split(".");
  return family === "bar" ? `/bars/${bar}/${PLACES[kind] ?? "sales"}` : null;
}

/** ago("2026-11-20T21:00:00Z") → "il y a 3 min". */
export function agoOf(language, now = Date.now) {
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  return (moment) => {
    const seconds = Math.round((new Date(moment) - now()) / 1000);
    const [unit, length] = UNITS.find(([, length]) => -seconds >= length) ?? ["second", 0];
    return length ? format.format(Math.ceil(seconds / length), unit) : format.format(0, "second");
  };
}
