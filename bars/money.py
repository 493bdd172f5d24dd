"""Money is an integer in the currency's minor unit; here it meets people and files."""

import re
from decimal import Decimal

from babel.core import UnknownLocaleError
from babel.numbers import format_currency, get_currency_precision, list_currencies

CURRENCIES = frozenset(list_currencies())
MOST_DIGITS = 30  # of an amount: what has millions of them takes half a minute to become an int
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


def format_money(minor: int, currency: str, language: str) -> str:
    """An amount as people of this language write it: 1 500 F CFA, $1.29."""
    amount = Decimal(minor).scaleb(-exponent(currency))
    try:
        text = format_currency(amount, currency, locale=language.replace("-", "_"))
    except UnknownLocaleError:
        text = format_currency(amount, currency, locale="en")
    return GLUED.sub("\u00a0", text)
