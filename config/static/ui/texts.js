// Sentences come from the server, translated, in a JSON script element; here their {places} are filled.

/** t("left", { count: 3 }) → "Only 3 left"; a text with plural forms is chosen by `count`. */
export function textsOf(all, language) {
  const plural = new Intl.PluralRules(language);
  const form = (text, count) => text[plural.select(count)] ?? text.other;
  const t = (name, values = {}) => {
    const text = typeof all[name] === "string" ? all[name] : form(all[name], values.count);
    return text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  };
  return Object.assign(t, { knows: (name) => name in all });
}

export const jsonOf = (id) => JSON.parse(document.getElementById(id).textContent);

export const texts = (id) => textsOf(jsonOf(id), document.documentElement.lang);
