import { moneyFormat } from "../ui/money.js";
import { drawRows } from "../ui/rows.js";
import { agoOf, linkOf, sentenceOf } from "./notice_words.js";

/** Draws the notices into their list; one that is being put away says so until it is gone. */
export function drawNotices(sheet, notices, { t, bars, nameOf }) {
  const { lang } = document.documentElement;
  const ago = agoOf(lang);
  const draw = (row, notice) => {
    const bar = bars[notice.stream];
    const write = (name, text) => (row.querySelector(`[data-${name}]`).textContent = text);
    const money = bar ? moneyFormat(bar.currency, bar.digits, lang) : String;
    write("sentence", sentenceOf(notice, { t, money, name: nameOf(notice.subject) }));
    write("bar", Object.keys(bars).length > 1 && bar ? bar.name : "");
    write("ago", ago(notice.created_at));
    write("settled", notice.resolved_at ? t("settled") : "");
    row.querySelector("[data-ago]").dateTime = notice.created_at;
    link(row.querySelector("[data-link]"), linkOf(notice));
    row.classList.toggle("is-unread", !notice.read_at && !notice.resolved_at);
    row.classList.toggle("is-going", notices.going.has(notice.id));
    row.querySelector("button[data-verb=read]").hidden = Boolean(notice.read_at || notice.resolved_at);
  };
  drawRows(sheet.querySelector("[data-list]"), sheet.querySelector("#notice-row"), notices.rows, ({ id }) => id, draw);
}

function link(element, address) {
  if (address) element.href = address;
  else element.removeAttribute("href");
}
