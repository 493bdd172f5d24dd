"""Money that a bar spends on something other than goods: spent once per key, voided rather than changed."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.transactions import KeyReused, durably, open_books
from realtime.errors import NotFound
from sales.models import Expense

# Business date and bounds are the database's; nothing at all for a key that has spent.
RECORD = """
INSERT INTO sales_expense (bar_id, key, category, amount, payment, note, created_at, created_by_id, void_reason)
VALUES (%(bar)s, %(key)s, %(category)s, %(amount)s, %(payment)s, %(note)s, %(at)s, %(by)s, '')
ON CONFLICT (bar_id, key) DO NOTHING
RETURNING id
"""


@dataclass(frozen=True)
class Spending:
    """What was bought or paid. `amount` is in minor units; a category `other` is told in the note."""

    key: UUID
    category: Expense.Category
    amount: int
    payment: Expense.Payment
    note: str = ""


@dataclass(frozen=True)
class Spent:
    """An expense as it stands; `is_replay` when the key had spent before and nothing new was written."""

    expense: Expense
    is_replay: bool


@durably
def spend(member: Member, spending: Spending, *, at: datetime) -> Spent:
    """Write down an expense of the moment `at`. Asking again with the same key and body answers with the same one.

    Raises KeyReused or StillRunning.
    """
    open_books(member.bar_id)
    with connection.cursor() as cursor:
        cursor.execute(RECORD, asdict(spending) | {"bar": member.bar_id, "by": member.user_id, "at": at})
        row = cursor.fetchone()
    expense = _expenses(member).get(key=spending.key)
    if row is None and (expense.created_by_id, *_facts(expense)) != (member.user_id, *_facts(spending)):
        raise KeyReused()
    return Spent(expense, is_replay=row is None)


@durably
def void(member: Member, expense_id: UUID, *, reason: str) -> Expense:
    """Say that this was never spent, and why. Voiding again answers with the first reason and writes nothing.

    Raises NotFound or StillRunning.
    """
    open_books(member.bar_id)
    expense = _expenses(member).select_for_update(no_key=True, of=("self",)).filter(pk=expense_id).first()
    if expense is None:
        raise NotFound(_("There is no such expense."))
    if expense.voided_at is not None:
        return expense
    _expenses(member).filter(pk=expense_id).update(voided_at=Now(), voided_by=member.user, void_reason=reason)
    return _expenses(member).get(pk=expense_id)


def _expenses(member: Member) -> QuerySet[Expense]:
    return Expense.objects.select_related("created_by", "voided_by").filter(bar_id=member.bar_id)


def _facts(one: Spending | Expense) -> tuple[str, int, str, str]:
    return str(one.category), one.amount, str(one.payment), one.note
