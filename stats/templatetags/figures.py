from datetime import datetime, timedelta

from babel.dates import format_timedelta
from babel.numbers import format_decimal, format_percent
from django import template
from django.utils.translation import get_language, ngettext

from bars.days import Days
from bars.money import exponent
from stats.figures import shown

register = template.Library()


@register.filter
def moment(text: str) -> datetime:
    """{{ sale.at|moment|time:"H:i" }}: a moment of a figure, which carries it as ISO 8601."""
    return datetime.fromisoformat(text)


@register.filter
def number(count: int) -> str:
    """{{ figures.sales|number }}: a count as the page's language groups it, as Intl does in the browser."""
    return format_decimal(count, locale=get_language() or "fr")


@register.filter
def sales_counted(count: int) -> str:
    """{{ seller.sales|sales_counted }}: "1 sale", "1,204 sales"."""
    return ngettext("{count} sale", "{count} sales", count).format(count=number(count))


@register.filter
def days_words(days: Days) -> str:
    """{{ days|days_words }}: the days of a table."""
    return shown.days_words(days, get_language() or "fr")


@register.filter
def unbroken(lines: str) -> str:
    """{{ sale.lines|unbroken }}: "2 × Beaufort" with the count kept on the line of its product."""
    return lines.replace(" × ", "\u00a0×\u00a0")


@register.filter
def digits(currency: str) -> int:
    """{{ sum.currency|digits }}: how many decimals its amounts have."""
    return exponent(currency)


@register.filter
def change_from(revenue: int, before: int) -> str:
    """{{ revenue|change_from:before }}: "+12 %", as Intl writes it in the browser; a dash where there was nothing."""
    if before <= 0:
        return shown.NOTHING
    share = round(100 * (revenue - before) / before)
    told = format_percent(abs(share) / 100, locale=get_language() or "fr")
    return f"{'+' if share > 0 else '-' if share < 0 else ''}{told}"


@register.filter
def sign_against(revenue: int, before: int) -> int:
    """{{ revenue|sign_against:before }}: 1 for more, -1 for less, 0 for the same and where there was nothing."""
    return (revenue > before) - (revenue < before) if before > 0 else 0


@register.filter
def span(length: timedelta | None) -> str:
    """{{ metrics.age|span }}: "3 hours", in the page's language; a dash where it isn't known."""
    return shown.NOTHING if length is None else format_timedelta(length, threshold=1.5, locale=get_language() or "fr")
