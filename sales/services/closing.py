"""Closing a business date: the drawer is counted, and the database writes down what the day has brought."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.transactions import durably, hold_books
from realtime.errors import NotFound, Problem
from sales.models import DayClose
from sales.queries.closings import closes_of, preview


class DayToCome(Problem):
    """`today` is the bar's running business date."""

    code, title = "day_to_come", _("This day has not begun: close it when it has ended.")
    constraints = ("a_day_to_come_is_not_closed",)


class PendingSales(Problem):
    """`sales` are those that wait, oldest first, with their totals; `total` is their sum."""

    status, code = 409, "pending_sales"
    title = _("Sales of this day wait for a decision: validate or reject them first.")
    constraints = ("a_day_is_closed_with_all_decided",)


class AlreadyClosed(Problem):
    """`close` and `number` are those of the close that stands."""

    status, code = 409, "already_closed"
    title = _("This day has been closed with another count: look at that close first.")


class LaterDayClosed(Problem):
    """`business_date` is the last one that is closed."""

    status, code, title = 409, "later_day_closed", _("A later day is closed: an owner opens it again first.")
    constraints = ("days_are_closed_in_order", "the_last_close_is_opened_first")


@dataclass(frozen=True)
class Count:
    """The drawer as it was counted at the end of a business date, in minor units.

    `left_cash` stays in it for the next day. `opening_cash` counts for the first close of a bar alone:
    every other begins with what the one before has left.
    """

    business_date: date
    counted_cash: int
    left_cash: int
    opening_cash: int = 0
    note: str = ""


@dataclass(frozen=True)
class Closed:
    """A close as it stands; `is_replay` when the date had been closed with the same count."""

    close: DayClose
    is_replay: bool


@durably
def close(member: Member, count: Count) -> Closed:
    """Close a business date: nothing of the bar is under way meanwhile, and what comes later is an addendum.

    Raises DayToCome, PendingSales, AlreadyClosed, LaterDayClosed or StillRunning; nothing was written then.
    """
    hold_books(member.bar_id)
    if (stands := _standing(member.bar_id, count)) is not None:
        return Closed(stands, is_replay=True)
    _check(preview(member.bar, count.business_date), count)
    made = DayClose.objects.create(
        bar=member.bar,
        business_date=count.business_date,
        counted_cash=count.counted_cash,
        left_cash=count.left_cash,
        opening_cash=count.opening_cash,
        note=count.note,
        closed_by=member.user,
    )
    return Closed(closes_of(member.bar_id).get(pk=made.pk), is_replay=False)


@durably
def reopen(member: Member, close_id: UUID, *, reason: str) -> DayClose:
    """Open the last closed date again: its close stays with its number, and another will take its place.

    A close that was opened again answers as it is. Raises NotFound, LaterDayClosed or StillRunning.
    """
    hold_books(member.bar_id)
    closes = closes_of(member.bar_id)
    found = closes.filter(pk=close_id).first()
    if found is None:
        raise NotFound(_("There is no such close."))
    if found.reopened_at is not None:
        return found
    _check_last(found)
    found.reopened_at, found.reopened_by, found.reopen_reason = Now(), member.user, reason
    found.save(update_fields=["reopened_at", "reopened_by", "reopen_reason"])
    return closes.get(pk=close_id)


def _standing(bar_id: UUID, count: Count) -> DayClose | None:
    """The close of this date with this count, whatever the note. Raises AlreadyClosed, LaterDayClosed."""
    last = closes_of(bar_id).filter(reopened_at=None).order_by("business_date").last()
    if last is None or last.business_date < count.business_date:
        return None
    stands = closes_of(bar_id).filter(business_date=count.business_date, reopened_at=None).first()
    if stands is None:
        raise LaterDayClosed(business_date=str(last.business_date))
    asked, kept = [count.counted_cash, count.left_cash], [stands.counted_cash, stands.left_cash]
    if not closes_of(bar_id).filter(business_date__lt=stands.business_date, reopened_at=None).exists():
        asked, kept = [*asked, count.opening_cash], [*kept, stands.opening_cash]
    if asked != kept:
        raise AlreadyClosed(close=str(stands.pk), number=stands.number)
    return stands


def _check(figures: dict[str, Any], count: Count) -> None:
    """Raises DayToCome or PendingSales."""
    if str(count.business_date) > figures["today"]:
        raise DayToCome(today=figures["today"])
    if waiting := figures["pending"]:
        told = [{"sale": one["sale"], "total": one["total"]} for one in waiting]
        raise PendingSales(sales=told, total=sum(one["total"] for one in told))


def _check_last(found: DayClose) -> None:
    last = closes_of(found.bar_id).filter(reopened_at=None).order_by("business_date").last()
    if last and last.pk != found.pk:
        raise LaterDayClosed(business_date=str(last.business_date))
