/** Without accents and capitals, so that "biere" finds "Bière". */
export const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();

/** Words sought count over all categories; without them the chosen one decides ("" is all). */
export function matches({ name, category }, words, chosen) {
  if (plain(words)) return plain(words).split(/\s+/).every((word) => plain(name).includes(word));
  return chosen === "" || category === chosen;
}
