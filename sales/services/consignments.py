"""Consignments: bottles that a client has paid for and left at the bar."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.transactions import KeyReused, bar_by_bar, durably, open_books
from realtime.errors import NotFound, Problem
from sales.models import Claim, Consignment
from sales.services.hanging import check_left, lock_line
from stock.services.shelf import lock_shelf

LONGEST = timedelta(days=90)
MOST_AT_ONCE = 200  # consignments that one transaction lets expire

CONSIGN = """
INSERT INTO sales_consignment (
    bar_id, key, sale_id, line_id, client, phone, quantity, claimed, status, created_at, expires_at, created_by_id
)
VALUES (
    %(bar)s, %(key)s, %(sale)s, %(line)s, %(client)s, %(phone)s, %(quantity)s, 0, 'active', %(at)s, %(expires_at)s,
    %(by)s
)
ON CONFLICT (bar_id, key) DO NOTHING
RETURNING *
"""
CLAIM = """
INSERT INTO sales_claim (bar_id, key, consignment_id, quantity, created_at, created_by_id)
VALUES (%(bar)s, %(key)s, %(consignment)s, %(quantity)s, %(at)s, %(by)s)
ON CONFLICT (bar_id, key) DO NOTHING
RETURNING *
"""
FORFEIT = """
UPDATE sales_consignment SET status = 'forfeited', decided_by_id = %(by)s, decided_at = %(at)s
WHERE id = %(id)s
RETURNING *
"""
BARS_WITH_EXPIRED = """
SELECT DISTINCT bar_id FROM sales_consignment WHERE status = 'active' AND expires_at <= %(at)s ORDER BY bar_id
"""
# Who claims one at this moment gets it: it is left for the next run.
LOCK_EXPIRED = """
SELECT kept.id, line.product_id
FROM sales_consignment AS kept JOIN sales_line AS line ON line.id = kept.line_id
WHERE kept.bar_id = %(bar)s AND kept.status = 'active' AND kept.expires_at <= %(at)s
ORDER BY kept.expires_at, kept.id
LIMIT %(most)s
FOR NO KEY UPDATE OF kept SKIP LOCKED
"""
EXPIRE = "UPDATE sales_consignment SET status = 'expired', decided_at = %(at)s WHERE id = ANY(%(ids)s)"


@dataclass(frozen=True)
class Deposit:
    """So many bottles of a line that stay at the bar for a client; `until` is the bar's usual time if None."""

    key: UUID
    line: UUID
    quantity: int
    client: str
    phone: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class Kept:
    consignment: Consignment
    is_replay: bool


@dataclass(frozen=True)
class Claimed:
    """What was handed over, and the consignment as it stands now."""

    claim: Claim
    consignment: Consignment
    is_replay: bool


class NotPaid(Problem):
    status, code, title = 409, "not_paid", _("A bottle is kept for who has paid it: settle the sale first.")
    constraints = ("only_what_was_paid_is_kept_for_a_client",)


class BadExpiry(Problem):
    """`latest` is the last moment that can be asked for."""

    code, title = "bad_expiry", _("A consignment ends in the future, within 90 days.")


class LessIsKept(Problem):
    """`left` bottles are kept; `consignment_status` says what became of the others."""

    status, code, title = 409, "less_is_kept", _("Fewer bottles are kept for this client: look at what is left.")
    constraints = ("no_more_is_claimed_than_was_left",)


class ConsignmentEnded(Problem):
    """`consignment_status` is how it has ended."""

    status, code = 409, "consignment_ended"
    title = _("This consignment has ended: nothing is kept for the client any more.")


@durably
def consign(member: Member, deposit: Deposit, *, at: datetime) -> Kept:
    """Keep so many bottles of a line for their client: back in stock, and reserved.

    The same key and deposit answer with the same consignment. Raises NotFound, SaleNotValidated, NotPaid,
    BadExpiry, LessIsLeft or KeyReused.
    """
    open_books(member.bar_id)
    line = lock_line(member, deposit.line)
    if stored := _stored(member, deposit):
        return stored
    expires_at = deposit.until or at + timedelta(days=member.bar.consignment_days)
    if not at < expires_at <= at + LONGEST:
        raise BadExpiry(latest=(at + LONGEST).isoformat())
    check_left(line, deposit.quantity)
    if line.paid_with is None:
        raise NotPaid()
    params: dict[str, Any] = {
        "bar": member.bar_id,
        "key": deposit.key,
        "sale": line.sale_id,
        "line": line.id,
        "client": deposit.client,
        "phone": deposit.phone,
        "quantity": deposit.quantity,
        "at": at,
        "expires_at": expires_at,
        "by": member.user_id,
    }
    for consignment in Consignment.objects.raw(CONSIGN, params):
        return Kept(consignment, is_replay=False)
    raise KeyReused()  # whoever has it has kept bottles of another sale: this one was locked


@durably
def claim(member: Member, consignment_id: UUID, *, key: UUID, quantity: int, at: datetime) -> Claimed:
    """Hand so many bottles over to their client, also after the day they were kept until, if they still are.

    The same key and quantity answer with the same claim. Raises NotFound, LessIsKept or KeyReused.
    """
    open_books(member.bar_id)
    consignment = _lock_consignment(member, consignment_id)
    if stored := _stored_claim(member, consignment, key, quantity):
        return Claimed(stored, consignment, is_replay=True)
    left = consignment.quantity - consignment.claimed if consignment.status == Consignment.Status.ACTIVE else 0
    if quantity > left:
        raise LessIsKept(left=left, consignment_status=consignment.status)
    params = {
        "bar": member.bar_id,
        "key": key,
        "consignment": consignment.pk,
        "quantity": quantity,
        "at": at,
        "by": member.user_id,
    }
    for handed_over in Claim.objects.raw(CLAIM, params):
        consignment.refresh_from_db()
        return Claimed(handed_over, consignment, is_replay=False)
    raise KeyReused()  # whoever has it has claimed of another consignment: this one was locked


@durably
def forfeit(member: Member, consignment_id: UUID, *, at: datetime) -> Consignment:
    """Give up waiting for the client: what is left is for sale again. Raises NotFound or ConsignmentEnded."""
    open_books(member.bar_id)
    consignment = _lock_consignment(member, consignment_id)
    if consignment.status == Consignment.Status.FORFEITED:
        return consignment
    if consignment.status != Consignment.Status.ACTIVE:
        raise ConsignmentEnded(consignment_status=consignment.status)
    return Consignment.objects.raw(FORFEIT, {"by": member.user_id, "at": at, "id": consignment.pk})[0]


def expire_consignments(at: datetime) -> int:
    """Let every consignment end whose time is over, bar by bar. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(BARS_WITH_EXPIRED, {"at": at})
        bars = [bar_id for (bar_id,) in cursor.fetchall()]
    return bar_by_bar("consignments", bars, partial(_expire_all_of, at=at))


def _expire_all_of(bar_id: UUID, at: datetime) -> int:
    """As many at once as one transaction should hold."""
    return sum(iter(lambda: expire_of_bar(bar_id, at=at), 0))


@durably
def expire_of_bar(bar_id: UUID, *, at: datetime) -> int:
    """Let some of a bar's consignments end whose time is over. Returns how many; 0 when none is left."""
    open_books(bar_id)
    with connection.cursor() as cursor:
        cursor.execute(LOCK_EXPIRED, {"bar": bar_id, "at": at, "most": MOST_AT_ONCE})
        rows = cursor.fetchall()
        if rows:
            lock_shelf(bar_id=bar_id, product_ids=[product for _, product in rows])  # in the order of every basket
            cursor.execute(EXPIRE, {"at": at, "ids": [pk for pk, _ in rows]})
    return len(rows)


def _lock_consignment(member: Member, consignment_id: UUID) -> Consignment:
    query = "SELECT * FROM sales_consignment WHERE id = %s AND bar_id = %s FOR NO KEY UPDATE"
    for consignment in Consignment.objects.raw(query, [consignment_id, member.bar_id]):
        return consignment
    raise NotFound(_("There is no such consignment."))


def _stored(member: Member, deposit: Deposit) -> Kept | None:
    """The consignment that this key has made before. Raises KeyReused for another one."""
    stored = Consignment.objects.filter(bar_id=member.bar_id, key=deposit.key).first()
    if stored is None:
        return None
    asked = (deposit.line, deposit.quantity, deposit.client, deposit.phone, member.user_id)
    kept = (stored.line_id, stored.quantity, stored.client, stored.phone, stored.created_by_id)
    if asked != kept or deposit.until not in (None, stored.expires_at):
        raise KeyReused()
    return Kept(stored, is_replay=True)


def _stored_claim(member: Member, consignment: Consignment, key: UUID, quantity: int) -> Claim | None:
    """The claim that this key has made before. Raises KeyReused for another one."""
    stored = Claim.objects.filter(bar_id=member.bar_id, key=key).first()
    if stored is None:
        return None
    asked = (consignment.pk, quantity, member.user_id)
    if asked != (stored.consignment_id, stored.quantity, stored.created_by_id):
        raise KeyReused()
    return stored
