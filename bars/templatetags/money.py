from django import template
from django.utils.translation import get_language

from bars.money import format_money

register = template.Library()


@register.filter
def money(minor: int, currency: str) -> str:
    """{{ sale.total|money:bar.currency }}: an amount in minor units, in the page's language."""
    return format_money(minor, currency, get_language() or "fr")
