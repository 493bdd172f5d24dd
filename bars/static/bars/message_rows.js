import { drawRows } from "../ui/rows.js";
import { clock, dayOf } from "./moments.js";

const TOGETHER_MS = 5 * 60_000; // what one person says within this stands together

/** What a conversation shows, oldest first: what was said, then what isn't confirmed yet. */
export function linesOf({ thread, outbox }, me) {
  const waiting = outbox.unsent.filter(({ id }) => !id);
  const lines = [...thread.messages.map((message) => ({ ...message, key: message.id })), ...waiting.map((one) => ({ ...one, author: me }))];
  const isTogether = lines.map((line, i) => i > 0 && belong(lines[i - 1], line));
  return lines.map((line, i) => ({ ...line, before: lines[i - 1], isTogether: isTogether[i], isFollowed: Boolean(isTogether[i + 1]) }));
}

const belong = (a, b) => a.author === b.author && new Date(b.created_at) - new Date(a.created_at) < TOGETHER_MS;

/** Draws them. `mayDelete(line)` says whose messages this person can take back. */
export function drawMessages(list, template, lines, { open, me, names, mayDelete, t }) {
  const { lang } = document.documentElement;
  const [day, time] = [dayOf(lang, t), clock(lang)];
  const lastMine = lines.findLast(({ author, number }) => author === me && number)?.key;
  const draw = (row, line) => {
    const { before, author, created_at: at, isTogether, isFollowed } = line;
    const isNewDay = !before || day(before.created_at) !== day(at);
    const isShown = { day: isNewDay, author: !isTogether && author !== me };
    const texts = { day: day(at), author: line.name ?? names.get(author) ?? t("somebody"), text: line.is_deleted ? t("deleted") : line.text, at: time(at) };
    for (const [name, text] of Object.entries(texts)) write(row, name, text, isShown[name] ?? true);
    write(row, "fate", fateOf(line, { open, me, t, isLast: line.key === lastMine }));
    const isFailed = !line.number && !line.isSending;
    const classes = { "is-mine": author === me, "is-together": isTogether, "is-followed": isFollowed, "is-deleted": line.is_deleted, "is-failed": isFailed };
    for (const [name, isOn] of Object.entries(classes)) row.classList.toggle(name, Boolean(isOn));
    row.querySelectorAll("[data-verb=retry], [data-verb=discard]").forEach((button) => (button.hidden = !isFailed));
    const button = row.querySelector("[data-verb=delete]");
    [button.hidden, button.ariaLabel] = [!line.number || line.is_deleted || !mayDelete(line), t("delete")];
  };
  drawRows(list, template, lines, ({ key }) => key, draw);
}

function write(row, name, text, isShown = true) {
  const place = row.querySelector(`[data-${name}]`);
  [place.textContent, place.hidden] = [text, !isShown];
}

/** What has become of an own message: under the last one, and where something is the matter. */
function fateOf({ number, isSending, is_deleted }, { open, me, t, isLast }) {
  if (!number) return t(isSending ? "sending" : "failed");
  const readers = isLast && !is_deleted ? open.thread.readers(number, me) : 0;
  if (!readers) return "";
  return open.row.person ? t("read") : t("seen_by", { count: readers });
}
