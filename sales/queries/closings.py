"""Reads of the day close: what a Z would say now, and what has come after one."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _

from bars.models import Bar
from realtime.errors import NotFound
from sales.models import Addendum, DayClose

# Decoded here, as a cursor gives JSON as text.
PREVIEW = """
SELECT to_jsonb(closing) || jsonb_build_object(
    'today', today.date,
    'later_cash', coalesce((
        SELECT later.cash_in - later.cash_out FROM sales_figures(bar.id, %(day)s + 1, today.date) AS later
    ), 0),
    'is_first', closing.opening_cash IS NULL,
    'opening_cash', coalesce(closing.opening_cash, 0),
    'open_tabs', (SELECT to_jsonb(open) FROM sales_open_tabs(bar.id) AS open)
)
FROM bars_bar AS bar
CROSS JOIN LATERAL (
    SELECT bars_business_date(clock_timestamp(), bar.time_zone, bar.closing_hour) AS date
) AS today
CROSS JOIN LATERAL sales_closing(bar.id, %(day)s) AS closing
WHERE bar.id = %(bar)s
"""
# Cash that was in the drawer when it was counted for this close.
EXPLAINED = """
SELECT coalesce(sum(one.cash), 0)::bigint::text
FROM sales_addendum AS one JOIN sales_dayclose AS closed ON closed.id = one.close_id
WHERE closed.id = %(close)s AND NOT sales_cash_moved_after(one, closed.closed_at)
"""
NOW = "SELECT to_jsonb(figures) FROM sales_figures(%(bar)s, %(since)s, %(until)s) AS figures"


@dataclass(frozen=True)
class After:
    """The totals of a closed day as the books stand now. `explained` is cash that was counted and told of later."""

    sales: int
    gross: int
    discounts: int
    refunds: int
    by_payment: dict[str, int]
    collected: dict[str, int]
    cash_in: int
    cash_out: int
    explained: int
    difference: int

    @property
    def net(self) -> int:
        return self.gross - self.refunds


def closes_of(bar_id: UUID) -> QuerySet[DayClose]:
    return DayClose.objects.filter(bar_id=bar_id).select_related("closed_by", "reopened_by")


def preview(bar: Bar, day: date) -> dict[str, Any]:
    """What a close of this date would say now, with what stands in its way. One statement, no lock."""
    figures = _one(PREVIEW, {"bar": bar.pk, "day": day})
    figures["net"] = figures["gross"] - figures["refunds"]
    cash = figures["opening_cash"] + figures["carried_cash"]
    return figures | {
        "business_date": day,
        "currency": bar.currency,
        "expected_cash": cash + figures["cash_in"] - figures["cash_out"],
        "closed": closes_of(bar.pk).filter(business_date=day, reopened_at=None).first(),
    }


def one_close(bar_id: UUID, close_id: UUID) -> DayClose:
    """A close with its addenda, oldest first, and its totals `after` them (None where it was opened again).

    Raises NotFound. Call inside a snapshot: four statements.
    """
    addenda = Prefetch("addenda", Addendum.objects.order_by("created_at", "id"))
    close = closes_of(bar_id).prefetch_related(addenda).filter(pk=close_id).first()
    if close is None:
        raise NotFound(_("There is no such close."))
    close.after = after(close) if close.reopened_at is None else None  # type: ignore[attr-defined]
    return close


def after(close: DayClose) -> After:
    """What a close would say now that its addenda have come. Only of one that was not opened again."""
    now = _one(NOW, {"bar": close.bar_id, "since": close.since, "until": close.business_date})
    explained = _one(EXPLAINED, {"close": close.pk})
    kept = {name: now[name] for name in After.__dataclass_fields__ if name in now}
    return After(**kept, explained=explained, difference=close.difference - explained)


def _one(statement: str, params: dict[str, Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return json.loads(cursor.fetchone()[0])
