"""Tabs and credit: what is sold now and paid later, all of a tab at once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.transactions import KeyReused, durably, open_books
from realtime.errors import NotFound, Problem
from sales.models import Sale, Settlement, Tab
from sales.services.selling import TabNotOpen

OPEN = """
INSERT INTO sales_tab (bar_id, key, name, status, opened_by_id, opened_at)
VALUES (%(bar)s, %(key)s, %(name)s, 'open', %(by)s, %(at)s)
ON CONFLICT (bar_id, key) DO NOTHING
RETURNING *
"""
# Expired ones too: an owner who revives one waits for the settlement.
LOCK_UNPAID = """
SELECT id, status, total FROM sales_sale
WHERE bar_id = %(bar)s AND tab_id = %(tab)s AND settlement_id IS NULL AND status NOT IN ('rejected', 'cancelled')
ORDER BY id
FOR NO KEY UPDATE
"""
# A statement of its own, after the lock: it sees what was given back until then.
REFUNDED = "SELECT coalesce(sum(refund), 0)::bigint FROM sales_return WHERE sale_id = ANY(%(sales)s)"
# The database checks at commit that the amount is the sum of what is paid.
SETTLE = """
WITH settlement AS (
    INSERT INTO sales_settlement (bar_id, key, tab_id, payment, reference, amount, created_at, created_by_id)
    VALUES (%(bar)s, %(key)s, %(tab)s, %(payment)s, %(reference)s, %(amount)s, %(at)s, %(by)s)
    ON CONFLICT (bar_id, key) DO NOTHING
    RETURNING *
), paid AS (
    UPDATE sales_sale AS sale
    SET settlement_id = settlement.id, paid_with = settlement.payment, paid_on = settlement.business_date
    FROM settlement WHERE sale.id = ANY(%(sales)s)
)
SELECT * FROM settlement
"""


@dataclass(frozen=True)
class Payment:
    """How a tab or a sale on credit is paid. `due` is the amount the client was told, in minor units; only checked."""

    key: UUID
    payment: Settlement.Payment
    reference: str = ""
    due: int | None = None


@dataclass(frozen=True)
class Opened:
    tab: Tab
    is_replay: bool


@dataclass(frozen=True)
class Settled:
    settlement: Settlement
    is_replay: bool


class TabNotDecided(Problem):
    """`sales` are those on the tab that a manager has to validate or reject first."""

    status, code = 409, "tab_not_decided"
    title = _("Sales on this tab wait for a manager's decision: have them decided first.")
    constraints = ("a_tab_is_settled_as_a_whole",)


class AnotherAmount(Problem):
    """`due` is what is to be paid now, in minor units."""

    status, code = 409, "another_amount"
    title = _("The amount has changed since the client was told: tell them the new one.")


class NotOwed(Problem):
    """`sale_status` and `paid_with` say how the sale stands."""

    status, code, title = 409, "not_owed", _("Nothing is owed for this sale.")


class OnOpenTab(Problem):
    status, code, title = 409, "on_open_tab", _("This sale is on an open tab: settle the tab.")


@durably
def open_tab(member: Member, *, key: UUID, name: str, at: datetime) -> Opened:
    """Open a tab on a name or a table. The same key and name answer with the same tab. Raises KeyReused."""
    open_books(member.bar_id)
    params = {"bar": member.bar_id, "key": key, "name": name, "by": member.user_id, "at": at}
    for tab in Tab.objects.raw(OPEN, params):
        return Opened(tab, is_replay=False)
    tab = Tab.objects.get(bar_id=member.bar_id, key=key)
    if (tab.opened_as, tab.opened_by_id) != (name, member.user_id):
        raise KeyReused()
    return Opened(tab, is_replay=True)


@durably
def rename_tab(member: Member, tab_id: UUID, *, name: str) -> Tab:
    """Give an open tab another name. Raises NotFound or TabNotOpen."""
    open_books(member.bar_id)
    tab = _lock_tab(member, tab_id)
    if tab.name == name:
        return tab
    if tab.status != Tab.Status.OPEN:
        raise TabNotOpen()
    tab.name = name
    tab.save(update_fields=["name"])
    return tab


@durably
def settle_tab(member: Member, tab_id: UUID, payment: Payment, *, at: datetime) -> Settled:
    """Pay all of a tab at once: its validated sales get the real payment method, and it takes no more of them.

    An empty tab is closed with an amount of 0. The same key and payment answer with the same settlement.
    Raises NotFound, TabNotOpen, TabNotDecided, AnotherAmount or KeyReused.
    """
    open_books(member.bar_id)
    tab = _lock_tab(member, tab_id)
    if stored := _stored(member, payment, tab_id=tab.pk):
        return stored
    if tab.status != Tab.Status.OPEN:
        raise TabNotOpen()
    settled = _pay(member, payment, tab_id=tab.pk, owed=_lock_unpaid(tab), at=at)
    if not settled.is_replay:
        tab.status, tab.settled_at = Tab.Status.SETTLED, at
        tab.save(update_fields=["status", "settled_at"])
    return settled


@durably
def settle_sale(member: Member, sale_id: UUID, payment: Payment, *, at: datetime) -> Settled:
    """Pay one sale on credit, or one that came from a phone after its tab was settled.

    The same key and payment answer with the same settlement. Raises NotFound, NotOwed, OnOpenTab,
    AnotherAmount or KeyReused.
    """
    open_books(member.bar_id)
    query = "SELECT * FROM sales_sale WHERE id = %s AND bar_id = %s FOR NO KEY UPDATE"
    sale = next(iter(Sale.objects.raw(query, [sale_id, member.bar_id])), None)
    if sale is None:
        raise NotFound(_("There is no such sale."))
    if stored := _stored(member, payment, sale_id=sale.pk):
        return stored
    if sale.status != Sale.Status.VALIDATED or sale.paid_with is not None:
        raise NotOwed(sale_status=sale.status, paid_with=sale.paid_with)
    if sale.tab is not None and sale.tab.status == Tab.Status.OPEN:  # settled is for good: no lock
        raise OnOpenTab(tab=str(sale.tab_id))
    return _pay(member, payment, tab_id=None, owed={sale.pk: sale.total}, at=at)


def _lock_tab(member: Member, tab_id: UUID) -> Tab:
    """The bar's tab, kept from being sold on or settled meanwhile. Raises NotFound."""
    query = "SELECT * FROM sales_tab WHERE id = %s AND bar_id = %s FOR NO KEY UPDATE"
    for tab in Tab.objects.raw(query, [tab_id, member.bar_id]):
        return tab
    raise NotFound(_("There is no such tab."))


def _lock_unpaid(tab: Tab) -> dict[UUID, int]:
    """The total of each sale that the tab's client has to pay. Raises TabNotDecided. Call with the tab locked."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_UNPAID, {"bar": tab.bar_id, "tab": tab.pk})
        rows = cursor.fetchall()
    undecided = [
        {"sale": str(pk), "status": status}
        for pk, status, _ in rows
        if status in (Sale.Status.PENDING, Sale.Status.NEEDS_REVIEW)
    ]
    if undecided:
        raise TabNotDecided(sales=undecided)
    return {pk: total for pk, status, total in rows if status == Sale.Status.VALIDATED}


def _pay(member: Member, payment: Payment, *, tab_id: UUID | None, owed: dict[UUID, int], at: datetime) -> Settled:
    """Write the settlement of these sales. Call with them locked. Raises AnotherAmount or KeyReused."""
    sales = list(owed)
    with connection.cursor() as cursor:
        cursor.execute(REFUNDED, {"sales": sales})
        amount = sum(owed.values()) - cursor.fetchone()[0]
    if payment.due not in (None, amount):
        raise AnotherAmount(due=amount)
    params = {
        "bar": member.bar_id,
        "key": payment.key,
        "tab": tab_id,
        "payment": payment.payment,
        "reference": payment.reference,
        "amount": amount,
        "at": at,
        "by": member.user_id,
        "sales": sales,
    }
    for settlement in Settlement.objects.raw(SETTLE, params):
        return Settled(settlement, is_replay=False)
    raise KeyReused()  # whoever has it has settled something else: this was locked


def _stored(
    member: Member, payment: Payment, *, tab_id: UUID | None = None, sale_id: UUID | None = None
) -> Settled | None:
    """The settlement that this key has made before. Raises KeyReused for another one."""
    stored = Settlement.objects.filter(bar_id=member.bar_id, key=payment.key).first()
    if stored is None:
        return None
    asked = (tab_id, payment.payment, payment.reference, member.user_id)
    is_same = asked == (stored.tab_id, stored.payment, stored.reference, stored.created_by_id)
    if not is_same or (sale_id and not stored.sales.filter(pk=sale_id).exists()):
        raise KeyReused()
    return Settled(stored, is_replay=True)
