"""Stock put right with a reason, never below what is promised of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.transactions import KeyReused, durably, open_books
from realtime.errors import Problem
from stock.holds import holds_of
from stock.models import Adjustment
from stock.services.shelf import OutOfStock, Shelf, check_known, lock_shelf

RECORD = """
INSERT INTO stock_adjustment (bar_id, key, product_id, quantity, reason, note, unit_cost, created_at, created_by_id)
VALUES (%(bar)s, %(key)s, %(product)s, %(quantity)s, %(reason)s, %(note)s, %(cost)s, %(at)s, %(by)s)
ON CONFLICT (bar_id, key) DO NOTHING
RETURNING id
"""


@dataclass(frozen=True)
class Correction:
    """So many units more (or less, below zero) of a product, and why."""

    key: UUID
    product: UUID
    quantity: int
    reason: Adjustment.Reason
    note: str = ""


@dataclass(frozen=True)
class Adjusted:
    """An adjustment as it stands; `is_replay` when the key had made it before and nothing new was written."""

    adjustment: Adjustment
    is_replay: bool


class NoteMissing(Problem):
    code, title = "note_missing", _("Another reason is told in a note: write it.")


class Reserved(Problem):
    """`products` says for each what would be left, how much of it is promised, and to which documents."""

    status, code = 409, "reserved"
    title = _("This would leave less in stock than is promised: end consignments or decide about sales first.")


@durably
def adjust(member: Member, correction: Correction, *, at: datetime) -> Adjusted:
    """Correct a product's stock at the moment `at`, valued at its cost of now.

    Asking again with the same key and correction answers with the same adjustment. Raises
    UnknownProduct, NoteMissing, Reserved, OutOfStock, KeyReused or StillRunning; nothing was written then.
    """
    open_books(member.bar_id)
    shelf = lock_shelf(bar_id=member.bar_id, product_ids=[correction.product])
    if stored := _stored(member, correction):
        return stored
    check_known(shelf, [correction.product])
    if correction.reason == Adjustment.Reason.OTHER and not correction.note:
        raise NoteMissing()
    check_unreserved(member.bar_id, shelf, {correction.product: correction.quantity})
    pk = _record(member, correction, shelf, at)
    if pk is None:  # the key has adjusted another product meanwhile
        stored = _stored(member, correction)
        assert stored is not None
        return stored
    return Adjusted(_read(pk), is_replay=False)


def check_unreserved(bar_id: UUID, shelf: Shelf, changes: Mapping[UUID, int]) -> None:
    """Call with the products locked. Raises Reserved or, where nothing is promised, OutOfStock."""
    short = {pk: change for pk, change in changes.items() if shelf[pk].available + change < 0}
    if not short:
        return
    promised = [pk for pk in short if shelf[pk].available < shelf[pk].stock]
    if not promised:
        raise OutOfStock(shortages=[_shortage(shelf, pk, -change) for pk, change in short.items()])
    held: dict[UUID, list[dict[str, Any]]] = {pk: [] for pk in short}
    for hold in holds_of(bar_id, promised):
        held[hold.product].append(hold.as_data())
    raise Reserved(
        products=[
            {
                "product": str(pk),
                "name": shelf[pk].name,
                "left": shelf[pk].stock + change,
                "reserved": shelf[pk].stock - shelf[pk].available,
                "held_by": held[pk],
            }
            for pk, change in short.items()
        ]
    )


def _shortage(shelf: Shelf, pk: UUID, wanted: int) -> dict[str, Any]:
    return {"product": str(pk), "name": shelf[pk].name, "wanted": wanted, "available": shelf[pk].available}


def _stored(member: Member, correction: Correction) -> Adjusted | None:
    """The adjustment that this key has made before. Raises KeyReused for another one, or another person's."""
    stored = Adjustment.objects.filter(bar_id=member.bar_id, key=correction.key).first()
    if stored is None:
        return None
    same = Correction(stored.key, stored.product_id, stored.quantity, Adjustment.Reason(stored.reason), stored.note)
    if (same, stored.created_by_id, stored.count_id) != (correction, member.user_id, None):
        raise KeyReused()
    return Adjusted(_read(stored.pk), is_replay=True)


def _record(member: Member, correction: Correction, shelf: Shelf, at: datetime) -> UUID | None:
    """The id of the new adjustment; None where the key has been used."""
    params: dict[str, Any] = {
        "bar": member.bar_id,
        "key": correction.key,
        "product": correction.product,
        "quantity": correction.quantity,
        "reason": correction.reason.value,
        "note": correction.note,
        "cost": shelf[correction.product].cost,
        "at": at,
        "by": member.user_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(RECORD, params)
        row = cursor.fetchone()
    return row[0] if row else None


def _read(pk: UUID) -> Adjustment:
    return Adjustment.objects.select_related("product", "created_by").get(pk=pk)
