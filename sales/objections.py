"""What speaks against a sale that a phone has brought late, in the words of who decides about it. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bars.money import format_money
from sales.models import Sale


class Objection(NamedTuple):
    """A sentence; `product` is the one whose stock is short."""

    text: str
    product: str = ""


def objections_to(sale: Sale, stock: Mapping[str, int]) -> list[Objection]:
    """All that `review` of a sale holds; `stock` is what is available of products now, by their ids."""
    review: dict[str, Any] = sale.review or {}
    return [*_short(review, stock), *_prices(review, sale.currency), *_others(review, sale.currency)]


def _short(review: dict[str, Any], stock: Mapping[str, int]) -> Iterator[Objection]:
    for one in review.get("short", []):
        now = stock.get(one["product"], one["available"])
        told = {"name": one["name"], "wanted": one["wanted"], "now": now}
        if now < one["wanted"]:
            text = _("%(name)s: %(wanted)s sold, but the stock says %(now)s. Count it and adjust it before validating.")
            yield Objection(text % told, one["product"])
        else:
            yield Objection(_("%(name)s: %(wanted)s sold; there are enough now (%(now)s).") % told)


def _prices(review: dict[str, Any], currency: str) -> Iterator[Objection]:
    for one in review.get("prices", []):
        told = {"name": one["name"], "asked": _money(one["asked"], currency), "price": _money(one["price"], currency)}
        yield Objection(_("%(name)s was sold at %(asked)s; its price is %(price)s.") % told)


def _others(review: dict[str, Any], currency: str) -> Iterator[Objection]:
    if review.get("time"):
        yield Objection(_("The clock of the phone is wrong, or the sale is too old: look at its time."))
    if discount := review.get("discount"):
        yield Objection(_("A discount of %(amount)s is more than allowed.") % {"amount": _money(discount, currency)})
    if review.get("tab"):
        yield Objection(_("Its tab was settled before this sale arrived: it stays to be paid."))
    if review.get("seller"):
        yield Objection(_("Waiters don't sell in this bar."))


def _money(amount: int, currency: str) -> str:
    return format_money(amount, currency, get_language() or "fr")
