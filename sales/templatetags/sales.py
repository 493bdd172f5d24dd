from decimal import Decimal

from babel.numbers import format_decimal
from django import template
from django.utils.translation import get_language

from bars.money import exponent
from sales.models import Sale

register = template.Library()


@register.filter
def status_label(status: str) -> str:
    """{{ sale.status|status_label }}: a sale's status in the page's language."""
    return str(Sale.Status(status).label).capitalize()


@register.filter
def amount(minor: int, currency: str) -> str:
    """{{ product.price|amount:bar.currency }}: the bare number, where the currency is plain from what stands beside."""
    digits = exponent(currency)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(Decimal(minor).scaleb(-digits), format=pattern, locale=get_language() or "fr")
