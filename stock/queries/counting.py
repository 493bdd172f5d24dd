"""Reads of stock counts: the sheet of who counts, and the review of who decides."""

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from bars.models import Member
from realtime.errors import NotFound
from stock.costs import value_at_cost
from stock.models import CountEntry, Product, StockCount

# Of each person the newest typing counts, if it took nothing back. What several people have counted adds up; what
# should have been there is what the books said at the last entry. An applied count is told at the cost it was
# applied at.
DIFFERENCES = """
SELECT product.id, product.name, counted.quantity, counted.stock_then, counted.has_moved,
       coalesce(adjustment.unit_cost, product.cost), counted.people
FROM (
    SELECT entry.product_id, sum(entry.quantity) AS quantity,
           (array_agg(entry.stock_then ORDER BY entry.counted_at DESC, entry.id DESC))[1] AS stock_then,
           count(DISTINCT entry.stock_then) > 1 AS has_moved,
           array_agg(ARRAY[person.username, entry.quantity::text] ORDER BY entry.counted_at, entry.id) AS people
    FROM (
        SELECT DISTINCT ON (product_id, counted_by_id) *
        FROM stock_countentry WHERE count_id = %(count)s
        ORDER BY product_id, counted_by_id, counted_at DESC, id DESC
    ) AS entry
    JOIN bars_user AS person ON person.id = entry.counted_by_id
    WHERE entry.quantity IS NOT NULL
    GROUP BY entry.product_id
) AS counted
JOIN stock_product AS product ON product.id = counted.product_id
LEFT JOIN stock_adjustment AS adjustment ON adjustment.count_id = %(count)s AND adjustment.product_id = product.id
ORDER BY product.name
"""


class Counted(NamedTuple):
    """A product on a sheet. `has_moved` warns that stock changed between two people's entries."""

    product: UUID
    name: str
    counted: int
    expected: int
    has_moved: bool
    cost: Decimal
    people: list[list[str]]

    @property
    def difference(self) -> int:
        return self.counted - self.expected

    @property
    def value(self) -> int:
        """Of the difference, in minor units."""
        return value_at_cost(self.difference, self.cost)

    @property
    def counted_by(self) -> list[dict[str, Any]]:
        return [{"name": name, "counted": int(quantity)} for name, quantity in self.people]


class Sheet(NamedTuple):
    """What a person fills in: every product of the bar, and what they have noted themselves. No theory."""

    id: UUID
    opened_at: datetime
    products: list[dict[str, Any]]


class Reviewed(NamedTuple):
    """A sheet as its owner sees it. `not_counted` are the products on sale that nobody has looked at."""

    sheet: StockCount
    products: list[Counted]
    not_counted: int

    @property
    def value(self) -> int:
        """Of all differences, in minor units."""
        return sum(one.value for one in self.products)


def review(member: Member, count_id: UUID) -> Reviewed:
    """Raises NotFound."""
    count = read_count(member, count_id)
    differences = read_differences(count)
    unseen = Product.objects.filter(bar_id=member.bar_id).on_sale().exclude(pk__in=[row.product for row in differences])
    return Reviewed(count, differences, unseen.count())


def read_differences(count: StockCount) -> list[Counted]:
    """Every product that somebody has counted, by name."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENCES, {"count": count.pk})
        return [Counted(*row) for row in cursor.fetchall()]


def open_sheet(member: Member) -> Sheet:
    """The sheet that is open, as this person sees it. Raises NotFound where none is."""
    count = StockCount.objects.filter(bar_id=member.bar_id, status=StockCount.Status.OPEN).first()
    if count is None:
        raise NotFound(_("No stock count is open: open one."))
    mine = CountEntry.objects.filter(count=count, product=OuterRef("pk"), counted_by_id=member.user_id)
    newest = mine.order_by("-counted_at", "-id").values("quantity")[:1]
    products = (
        Product.objects.filter(bar_id=member.bar_id)
        .order_by("category__position", "category__name", "name", "id")
        .annotate(counted=Subquery(newest))
        .values("id", "name", "is_active", "counted", shelf=F("category__name"))
    )
    return Sheet(count.pk, count.opened_at, [{**row, "category": row["shelf"]} for row in products])


def looked_at(count_id: UUID) -> dict[UUID, list[str]]:
    """Who has noted something of each product of a sheet; never how many."""
    newest = CountEntry.objects.filter(count_id=count_id).order_by("product", "counted_by", "-counted_at", "-id")
    entries = newest.distinct("product", "counted_by").values_list(
        "product", "quantity", "counted_by__first_name", "counted_by__username"
    )
    found: dict[UUID, list[str]] = {}
    for product, quantity, name, username in entries:
        if quantity is not None:
            found.setdefault(product, []).append(name or username)
    return found


def read_count(member: Member, count_id: UUID) -> StockCount:
    """Raises NotFound."""
    count = counts_of(member).filter(pk=count_id).first()
    if count is None:
        raise NotFound(_("This bar has no such stock count."))
    return count


def counts_of(member: Member) -> QuerySet[StockCount]:
    return StockCount.objects.filter(bar_id=member.bar_id).select_related("opened_by", "decided_by")
