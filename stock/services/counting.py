"""Counting the shelf: a sheet that several people fill in, and what its owner makes of it.

A count says by how much the stock was wrong, not what it is: what is sold while people count, or until
the sheet is applied, stays sold.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.transactions import KeyReused, durably, open_books
from realtime.errors import NotFound, Problem
from stock.models import MOST_ADJUSTED, CountEntry, Product, StockCount
from stock.queries.counting import Counted, read_count, read_differences
from stock.services.adjusting import check_unreserved
from stock.services.shelf import check_known, lock_shelf

# Where a sheet is open, it is locked and left as it is: told by a row that has been touched before.
OPEN = """
INSERT INTO stock_stockcount (bar_id, status, opened_by_id, opened_at) VALUES (%(bar)s, 'open', %(by)s, %(at)s)
ON CONFLICT (bar_id) WHERE status = 'open' DO UPDATE SET decided_at = stock_stockcount.decided_at
RETURNING id, xmax <> 0
"""
# Those who count share the sheet; who applies or discards it has it alone. Before the products, by all.
SHARE = "SELECT * FROM stock_stockcount WHERE id = %s AND bar_id = %s FOR SHARE"
HOLD = "SELECT * FROM stock_stockcount WHERE id = %s AND bar_id = %s FOR NO KEY UPDATE"
# The time is the database's, under the product's lock, so that the last entry is the one that saw the last stock.
WRITE = """
INSERT INTO stock_countentry (
    bar_id, count_id, product_id, counted_by_id, key, quantity, stock_then, counted_at
)
VALUES (%(bar)s, %(count)s, %(product)s, %(by)s, %(key)s, %(quantity)s, %(stock)s, clock_timestamp())
ON CONFLICT (count_id, key) DO NOTHING
"""
# The key is made of sheet and product, so that a sheet can't adjust a product twice.
APPLY = """
INSERT INTO stock_adjustment (
    bar_id, key, product_id, quantity, reason, note, unit_cost, count_id, created_at, created_by_id
)
SELECT %(bar)s, md5(%(count)s::text || found.product)::uuid, found.product, found.quantity, 'count', '', found.cost,
       %(count)s, %(at)s, %(by)s
FROM unnest(%(products)s::uuid[], %(quantities)s::int[], %(costs)s::numeric[]) AS found (product, quantity, cost)
"""


@dataclass(frozen=True)
class Opened:
    """The bar's open sheet; `is_replay` when it was open before."""

    count: StockCount
    is_replay: bool


class Typing(NamedTuple):
    """What a person types of a product; no quantity takes back what they typed before."""

    product: UUID
    key: UUID
    quantity: int | None


class CountDecided(Problem):
    """`now` is what has become of the sheet: applied or discarded."""

    status, code, title = 409, "count_decided", _("This stock count has been decided: open another.")
    constraints = ("only_an_open_sheet_is_applied", "only_an_open_sheet_is_written_on")


class CountImplausible(Problem):
    """`products` names those whose difference no adjustment can hold."""

    status, code = 409, "count_implausible"
    title = _("So much can't be missing or too much: look at the numbers again.")


@durably
def open_count(member: Member, *, at: datetime) -> Opened:
    """Open a sheet, or answer with the one that is open."""
    open_books(member.bar_id)
    with connection.cursor() as cursor:
        cursor.execute(OPEN, {"bar": member.bar_id, "by": member.user_id, "at": at})
        pk, was_open = cursor.fetchone()
    return Opened(read_count(member, pk), is_replay=was_open)


@durably
def count_product(member: Member, count_id: UUID, product_id: UUID, *, key: UUID, quantity: int) -> None:
    """Note that this person has counted so many; it stands in place of what they noted before.

    The same key and number again, be it long after, change nothing. Raises NotFound, UnknownProduct,
    CountDecided or KeyReused.
    """
    open_books(member.bar_id)
    _write(member, _lock(member, count_id, SHARE), Typing(product_id, key, quantity))


@durably
def withdraw_product(member: Member, count_id: UUID, product_id: UUID, *, key: UUID) -> None:
    """Take back what this person has noted of a product, if anything.

    The same key again takes back nothing that was noted since. Raises NotFound, CountDecided or KeyReused.
    """
    open_books(member.bar_id)
    count = _lock(member, count_id, SHARE)
    if not Product.objects.filter(bar_id=member.bar_id, pk=product_id).exists():
        raise NotFound()
    _write(member, count, Typing(product_id, key, None))


@durably
def apply_count(member: Member, count_id: UUID, *, at: datetime) -> StockCount:
    """Adjust each product by what was counted too much or too little; all of them or none.

    An applied sheet answers as it is. Raises NotFound, CountDecided, CountImplausible, Reserved,
    OutOfStock or StillRunning; nothing was written then.
    """
    open_books(member.bar_id)
    count = _lock(member, count_id, HOLD)
    if count.status == StockCount.Status.APPLIED:
        return count
    _check_open(count)
    differences = {row.product: row for row in read_differences(count) if row.difference}
    shelf = lock_shelf(bar_id=member.bar_id, product_ids=differences)
    _check_plausible(list(differences.values()))
    changes = {pk: row.difference for pk, row in differences.items()}
    check_unreserved(member.bar_id, shelf, changes)
    with connection.cursor() as cursor:
        cursor.execute(
            APPLY,
            {
                "bar": member.bar_id,
                "count": count.pk,
                "by": member.user_id,
                "at": at,
                "products": list(changes),
                "quantities": list(changes.values()),
                "costs": [shelf[pk].cost for pk in changes],
            },
        )
    return _decide(count, StockCount.Status.APPLIED, by=member, at=at)


@durably
def discard_count(member: Member, count_id: UUID, *, at: datetime) -> StockCount:
    """Throw the sheet away; a discarded one answers as it is. Raises NotFound or CountDecided."""
    open_books(member.bar_id)
    count = _lock(member, count_id, HOLD)
    if count.status == StockCount.Status.DISCARDED:
        return count
    _check_open(count)
    return _decide(count, StockCount.Status.DISCARDED, by=member, at=at)


def _lock(member: Member, count_id: UUID, query: str) -> StockCount:
    """Raises NotFound."""
    count = next(iter(StockCount.objects.raw(query, [count_id, member.bar_id])), None)
    if count is None:
        raise NotFound(_("This bar has no such stock count."))
    return count


def _write(member: Member, count: StockCount, typing: Typing) -> None:
    """Raises UnknownProduct, CountDecided or KeyReused."""
    if _is_written(member, count, typing):
        return
    _check_open(count)
    shelf = lock_shelf(bar_id=member.bar_id, product_ids=[typing.product])
    check_known(shelf, [typing.product])
    params = {
        "bar": member.bar_id,
        "count": count.pk,
        "by": member.user_id,
        "stock": shelf[typing.product].stock,
        **typing._asdict(),
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, params)
        if not cursor.rowcount:
            _is_written(member, count, typing)  # by the same request, a moment ago


def _is_written(member: Member, count: StockCount, typing: Typing) -> bool:
    """Whether this key has typed this before. Raises KeyReused for anything else."""
    stored = CountEntry.objects.filter(count=count, key=typing.key).first()
    if stored is None:
        return False
    if (Typing(stored.product_id, stored.key, stored.quantity), stored.counted_by_id) != (typing, member.user_id):
        raise KeyReused()
    return True


def _check_open(count: StockCount) -> None:
    """Raises CountDecided."""
    if count.status != StockCount.Status.OPEN:
        raise CountDecided(now=count.status)


def _check_plausible(differences: list[Counted]) -> None:
    """Raises CountImplausible."""
    wild = [str(row.product) for row in differences if abs(row.difference) > MOST_ADJUSTED]
    if wild:
        raise CountImplausible(products=wild)


def _decide(count: StockCount, status: StockCount.Status, *, by: Member, at: datetime) -> StockCount:
    count.status, count.decided_by_id, count.decided_at = status, by.user_id, at
    count.save(update_fields=["status", "decided_by", "decided_at"])
    return count
