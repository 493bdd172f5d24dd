/** The moment that a uuidv7 was made, as an ISO text: events carry ids and no times. */
export const momentOf = (id) => new Date(parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toISOString();

/** The words for a day, "2026-11-20" of a moment here: today, yesterday, or vendredi 20 novembre. */
export function dayOf(language, t, now = Date.now) {
  const format = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
  const day = (moment) => new Date(moment).toDateString();
  return (moment) => {
    if (day(moment) === day(now())) return t("today");
    if (day(moment) === day(now() - 86_400_000)) return t("yesterday");
    const words = format.format(new Date(moment));
    return words.charAt(0).toUpperCase() + words.slice(1);
  };
}

export function clock(language) {
  const format = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return (moment) => format.format(new Date(moment));
}
