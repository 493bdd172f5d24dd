from datetime import datetime

from babel.numbers import format_decimal
from django import template
from django.utils.translation import get_language

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
def unbroken(lines: str) -> str:
    """{{ sale.lines|unbroken }}: "2 × Beaufort" with the count kept on the line of its product."""
    return lines.replace(" × ", "\u00a0×\u00a0")
