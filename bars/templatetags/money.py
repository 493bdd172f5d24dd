from decimal import Decimal

from django import template
from django.utils.translation import get_language

from bars.money import exponent, format_money

register = template.Library()


@register.filter
def money(minor: int, currency: str) -> str:
    """{{ sale.total|money:bar.currency }}: an amount in minor units, in the page's language."""
    return format_money(minor, currency, get_language() or "fr")


@register.filter
def typed(minor: int, currency: str) -> str:
    """{{ product.price|typed:bar.currency }}: an amount as it is typed into a field, 1500 or 1.29."""
    return f"{Decimal(minor).scaleb(-exponent(currency)):f}"
