/** How a tile says what is left: in words, never by colour alone. `left` counts what the basket holds as gone. */
export function stockWords({ available, left, alert_threshold: threshold }, t) {
  if (available < 1) return { level: "out", words: t("sold_out") };
  if (left < 1) return { level: "taken", words: t("all_taken") };
  return left <= threshold
    ? { level: "low", words: t("few_left", { count: left }) }
    : { level: "ok", words: t("in_stock", { count: left }) };
}
