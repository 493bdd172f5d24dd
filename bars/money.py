"""Money is an integer in the currency's minor unit; here it meets people and files."""

import re
from decimal import Decimal
from functools import lru_cache

from babel.core import Locale, UnknownLocaleError
from babel.numbers import (
    format_currency,
    get_currency_precision,
    get_currency_symbol,
    get_group_symbol,
    list_currencies,
)

from bars.texts import plain

CURRENCIES = frozenset(list_currencies())
MOST_DIGITS = 30  # of an amount: what has millions of them takes half a minute to become an int
TYPED = re.compile(r"([^0-9]*)([0-9][0-9.,]*)([^0-9]*)")  # "$1,500.50": a unit, a number, a unit
GLUED = re.compile(r"(?<=[^\W\d_])(?=\d)")  # CLDR wants a space between letters and digits; Babel leaves it out


def exponent(currency: str) -> int:
    """Decimals of a currency: 0 for XOF, 2 for USD."""
    return int(get_currency_precision(currency))


def to_minor(text: str, currency: str) -> int:
    """'1.29' USD is 129. Raises ValueError for what isn't a number or has more decimals than the currency."""
    try:
        amount = Decimal(text).scaleb(exponent(currency))
    except ArithmeticError:  # not a number, or one beyond all numbers
        raise ValueError(f"{text!r} is not an amount") from None
    if amount.is_finite() and amount.adjusted() > MOST_DIGITS:
        raise ValueError(f"{text!r} is too high an amount")
    if not amount.is_finite() or amount != amount.to_integral_value():
        raise ValueError(f"{text!r} has more decimals than {currency} ({exponent(currency)})")
    return int(amount)


def read_amount(text: str, currency: str, language: str) -> int:
    """An amount as a person types it: "1 500", "1.500 F", "$1,500.50". Raises ValueError for anything else.

    Three digits behind a point or comma are thousands, unless the currency has three decimals and the language says so.
    """
    found = TYPED.fullmatch("".join(plain(text).split()))
    if not found or not _is_unit(found[1] + found[3], currency, language):
        raise ValueError(f"{text!r} is not an amount")
    number, mark, digits = found[2], re.escape(get_group_symbol(_locale(language))), exponent(currency)
    if re.fullmatch(rf"[0-9]{{1,3}}({mark}[0-9]{{3}})+([.,][0-9]+)?", number):
        number = re.sub(mark, "", number)
    decimals = rf"(?:[.,]([0-9]{{1,{digits}}}))?" if digits else "()"
    parts = re.fullmatch(rf"([0-9]+|[0-9]{{1,3}}(?:[.,][0-9]{{3}})+){decimals}", number)
    if not parts:
        raise ValueError(f"{text!r} is not an amount of {currency}")
    return to_minor(f"{re.sub('[.,]', '', parts[1])}.{parts[2] or 0}", currency)


def _is_unit(typed: str, currency: str, language: str) -> bool:
    """Whether people mean this currency: by nothing, its code, or either end of its sign, as F and CFA are of F CFA."""
    sign = "".join(plain(get_currency_symbol(currency, locale=_locale(language))).split())
    return typed == currency.lower() or sign.startswith(typed) or sign.endswith(typed)


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@lru_cache(maxsize=10_000)  # prices and totals come again and again, and Babel takes its time
def format_money(minor: int, currency: str, language: str) -> str:
    """An amount as people of this language write it: 1 500 F CFA, $1.29."""
    amount = Decimal(minor).scaleb(-exponent(currency))
    return GLUED.sub("\u00a0", format_currency(amount, currency, locale=_locale(language)))
