"""Searching the sales by what people remember of one: its reference, its exact total, or a drink.

Each way is a list of its own, newest first, read from an index over 10,000,000 sales of 200 bars as over ten: the
reference from sale_by_reference, the total from sale_newest_first_of_total, and drinks as `_with` says.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db.models import OuterRef, Subquery, TextField
from django.db.models.functions import Cast, Right
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from bars.models import Bar
from bars.money import read_amount
from realtime.errors import Problem
from sales.models import Line, Sale
from sales.models.sale import SaleQuerySet
from sales.receipts import read_reference
from stock.queries.listing import named

LONGEST = 80  # characters: a drink's name is no longer
MOST_PRODUCTS = 100  # that one search follows
FEW_LINES = 2_000  # are read and sorted in milliseconds
HIGHEST_TOTAL = 2**63 - 1  # of the column


class TooVague(Problem):
    code, title = "too_vague", _("Too many drinks have this in their name: type more of it.")


def newest_found(sales: SaleQuerySet, bar: Bar, search: str, most: int) -> SaleQuerySet:
    """The newest `most` of these sales of a bar that a search finds in any way. Raises TooVague."""
    places = {place for way in _ways(sales, bar, search) for place in way.values_list("occurred_at", "pk")[:most]}
    newest = sorted(places, reverse=True)[:most]
    return Sale.objects.filter(pk__in=[pk for _, pk in newest]).newest_first()


def _ways(sales: SaleQuerySet, bar: Bar, search: str) -> Iterator[SaleQuerySet]:
    """Whatever it can mean is found: "33" may be a total and a beer, "12345678" a reference and a total."""
    if reference := read_reference(search):
        yield sales.alias(ending=Right(Cast("pk", TextField()), 8)).filter(ending=reference)
    if sale_id := _read_id(search):
        yield sales.filter(pk=sale_id)
    total = _read_total(search, bar)
    if total is not None:
        yield sales.filter(total=total)
    products = named(bar.pk, search)
    if len(products) > MOST_PRODUCTS:
        raise TooVague(field="q")
    if products:
        yield _with(products, sales)


def _with(products: Sequence[UUID], sales: SaleQuerySet) -> SaleQuerySet:
    """Those of these sales on which one of these products stands.

    Where it stands on few sales its lines are read, by their index on the product. What is sold every night is soon met
    among the newest sales, of which each is asked for it, by a_product_is_on_a_sale_once: as a scalar subquery, because
    of a join the planner, who can't know that all lines of a product are one bar's, would read and sort every line.
    """
    lines = Line.objects.filter(product_id__in=products)
    if lines[: FEW_LINES + 1].count() <= FEW_LINES:
        return sales.filter(pk__in=lines.values("sale"))
    on_it = lines.filter(sale=OuterRef("pk")).values("pk")[:1]
    return sales.alias(line=Subquery(on_it)).filter(line__isnull=False)


def _read_id(search: str) -> UUID | None:
    try:
        return UUID(search)
    except ValueError:
        return None


def _read_total(search: str, bar: Bar) -> int | None:
    try:
        total = read_amount(search, bar.currency, get_language() or "fr")
    except ValueError:
        return None
    return total if total <= HIGHEST_TOTAL else None
