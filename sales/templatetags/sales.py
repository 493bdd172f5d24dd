import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from django import template
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext

from bars.models import User
from bars.money import exponent, format_money
from bars.permissions import Permission
from sales import receipts
from sales.models import Line, Sale

register = template.Library()

ROWS = 4096  # of lists of sales, kept written: some 2 KB each


@register.filter
def status_label(status: str) -> str:
    """{{ sale.status|status_label }}: a sale's status in the page's language."""
    return str(Sale.Status(status).label).capitalize()


@register.filter
def payment_label(payment: str) -> str:
    """{{ sale.payment|payment_label }}: how a sale is paid, in the page's language."""
    return capfirst(str(Sale.Payment(payment).label))


@register.filter
def basket(lines: Iterable[Line]) -> str:
    """{{ sale.lines.all|basket }}: 2 × Flag, 1 × Coca."""
    return ", ".join(f"{line.quantity}\u00a0×\u00a0{line.name}" for line in lines)


class Row(NamedTuple):
    """All that a list of sales shows of one."""

    bar: UUID
    sale: UUID
    at: str
    clock: str
    status: str
    payment: str
    lines: str
    total: str
    seller: str
    is_to_verify: bool


@register.simple_tag(takes_context=True)
def sale_row(context: Context, sale: Sale) -> str:
    """{% sale_row sale %}: a sale with its lines and seller, for who may see it in a list; a link to its page."""
    language = get_language() or "fr"
    row = Row(
        bar=sale.bar_id,
        sale=sale.pk,
        at=sale.occurred_at.isoformat(),
        clock=clock(timezone.localtime(sale.occurred_at)),
        status=sale.status,
        payment=sale.payment,
        lines=basket(sale.lines.all()),
        total=format_money(sale.total, sale.currency, language),
        seller=person(sale.sold_by),
        is_to_verify=sale.to_verify and Permission.VALIDATE_SALES in context["member"].permissions,
    )
    return _written(row, language)


@lru_cache(maxsize=ROWS)
def _written(row: Row, language: str) -> str:
    """Most rows of a page were on the page before."""
    return get_template("sales/_sale.html").render({"row": row})


@register.filter
def amount(minor: int, currency: str) -> str:
    """{{ product.price|amount:bar.currency }}: the bare number, where the currency is plain from what stands beside."""
    digits = exponent(currency)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(Decimal(minor).scaleb(-digits), format=pattern, locale=get_language() or "fr")


@register.filter
def person(user: User | None) -> str:
    """{{ sale.sold_by|person }}: what a person is called at the counter."""
    return (user.first_name or user.username) if user else ""


@register.filter
def reference(sale_id: UUID) -> str:
    """{{ sale.pk|reference }}: by which people tell a sale from others."""
    return receipts.reference_of(sale_id)


@register.filter
def reason(text: str) -> str:
    """{{ sale.reason|reason }}: in the page's language where it is one of ours, else as it was typed."""
    return gettext(text) if text else ""


@register.simple_tag
def fill(**values: Any) -> str:
    """{% fill line=line.pk name=line.name %}: what a button writes into the sheet that it opens (ui/sheets.js)."""
    return json.dumps({name: str(value) for name, value in values.items()})


@register.filter
def line_sum(line: Line) -> int:
    """{{ line|line_sum|money:sale.currency }}: what a line costs."""
    return line.unit_price * line.quantity


@register.filter
def owed(sale: Any) -> int:
    """{{ sale|owed|money:bar.currency }}: what is due of a sale of `page_of_credits`."""
    return sale.total - sale.refunded


@register.filter
def owed_words(sale: Any) -> str:
    """{{ sale|owed_words }}: who owes how much, for the sheet that cashes it in."""
    name = sale.client or (sale.tab.name if sale.tab else "")
    return f"{name} · {format_money(owed(sale), sale.currency, get_language() or 'fr')}"


@register.filter
def signed(minor: int, currency: str) -> str:
    """{{ close.difference|signed:bar.currency }}: an amount with its sign, +500 F CFA."""
    return ("+" if minor > 0 else "") + format_money(minor, currency, get_language() or "fr")


@register.filter
def day_words(day: date) -> str:
    """{{ day|day_words }}: 22 nov., Nov 22."""
    return format_skeleton("MMMd", day, locale=get_language() or "fr")


@register.filter(expects_localtime=True)
def clock(moment: datetime) -> str:
    """{{ sale.occurred_at|clock }}: 04:12, by the clocks of the page's time zone."""
    return f"{moment:%H:%M}"


@register.filter(expects_localtime=True)
def moment_words(moment: datetime) -> str:
    """{{ sale.occurred_at|moment_words }}: 22 nov. 04:12, by the clocks of the page's time zone."""
    return f"{day_words(moment)} {moment:%H:%M}"


@register.filter(expects_localtime=True)
def full_moment_words(moment: datetime) -> str:
    """{{ sale.occurred_at|full_moment_words }}: with its year, 22 nov. 2026 04:12."""
    return f"{format_date(moment, locale=get_language() or 'fr')} {moment:%H:%M}"


@register.filter
def days_until(moment: datetime) -> int:
    """{{ kept.expires_at|days_until }}: midnights from now to then, by the clocks of the page's time zone."""
    return (timezone.localdate(moment) - timezone.localdate()).days
