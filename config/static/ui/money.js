// Amounts are integers in the minor unit of their currency; people read them in their language.

/** money(1500) → "1 500 F CFA". `digits` are the currency's decimals as the server counts them; ISO's when not given. */
export function moneyFormat(currency, digits, language = document.documentElement.lang) {
  const format = new Intl.NumberFormat(language, {
    style: "currency",
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return (amount) => format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

/** The bare number, where the currency is plain from what stands beside it. */
export function amountFormat(digits, language = document.documentElement.lang) {
  const format = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return (amount) => format.format(amount / 10 ** digits);
}
