/** With whom, whether they are here, and whether somebody is typing. */
export function drawHead(place, { open: { row }, here, talks, typists, me }, t) {
  const others = [...here].filter((person) => person !== me && talks.names.has(person)).length;
  const isHere = row.person ? here.has(row.person) : others > 0;
  const team = others ? t("here_count", { count: others }) : t("nobody_here");
  const words = row.person ? t(isHere ? "here" : "away") : team;
  const write = (name, text) => (place.querySelector(`[data-${name}]`).textContent = text);
  write("title", row.bar ? t("team") : row.name);
  write("here", words);
  place.querySelector("[data-here]").classList.toggle("is-here", isHere);
  const typing = typists.of(row.id);
  const name = talks.names.get(typing[0]) ?? t("somebody");
  write("typing", typing.length > 1 ? t("typing_many") : typing.length ? t("typing", { name }) : "");
  place.querySelector("[data-typing]").hidden = typing.length === 0;
}
