import { drawRows } from "../ui/rows.js";
import { clock, dayOf } from "./moments.js";

const initials = (name) => name.split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("").toUpperCase();

/** Draws the list of conversations: who, what was said last, how much is unread. */
export function drawTalks(place, room, t) {
  const { lang } = document.documentElement;
  const [day, time] = [dayOf(lang, t), clock(lang)];
  const draw = (row, talk) => {
    const write = (name, text) => (row.querySelector(`[data-${name}]`).textContent = text);
    const link = row.querySelector("a");
    link.href = `#${talk.key}`;
    link.ariaCurrent = String(room.open?.row.key === talk.key);
    link.classList.toggle("is-unread", talk.unread > 0);
    row.querySelector("[data-face]").classList.toggle("is-here", room.here.has(talk.person));
    row.querySelector("[data-face]").classList.toggle("is-team", Boolean(talk.bar));
    write("face", initials(talk.name));
    write("name", talk.bar ? t("team") : talk.name);
    write("last", lastOf(talk, room, t));
    const at = talk.last?.created_at;
    write("at", at ? (day(at) === t("today") ? time(at) : day(at)) : "");
    write("unread", talk.unread > 99 ? "99+" : talk.unread);
    const unread = row.querySelector("[data-unread]");
    unread.hidden = talk.unread === 0;
    unread.ariaLabel = t("unread", { count: talk.unread });
  };
  const { rows } = room.talks;
  drawRows(place.querySelector("[data-talks]"), place.querySelector("#talk-row"), rows, ({ key }) => key, draw);
  place.querySelector("[data-alone]").hidden = rows.some(({ person }) => person);
}

function lastOf({ id, bar, person, last }, { me, talks, typists }, t) {
  if (id && typists.of(id).length) return t("typing", { name: talks.names.get(typists.of(id)[0]) ?? t("somebody") });
  if (!last) return t("nothing_yet");
  const text = last.text || t("deleted");
  if (last.author === me) return t("you", { text });
  return bar ? t("said", { name: talks.names.get(last.author) ?? t("somebody"), text }) : text;
}
