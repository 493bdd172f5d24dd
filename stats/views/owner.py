"""All bars of one person: tonight side by side, and one period against the one before."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bars.days import EARLIEST
from bars.models import Bar
from bars.permissions import Permission
from bars.visitors import visitor_of
from realtime import clock
from realtime.errors import Problem
from sales.views.asked import read_day
from stats import queries
from stats.figures.catalogue import BARS
from stats.figures.nights import Night, before_by_now, sums_of
from stats.figures.owners import bars
from stats.figures.shown import cells
from stats.figures.spans import PERIODS, running_date, span_of
from stats.texts import period_labels

A_DAY = timedelta(days=1)
COLUMNS = tuple(column for column in BARS if column.name not in ("currency", "gross", "first", "last"))


@require_safe
@login_required
def all_bars(request: HttpRequest) -> HttpResponse:
    """Every bar in which this person may see figures. Raises Problem."""
    mine = [member.bar for member in visitor_of(request).members if member.can(Permission.ANALYTICS)]
    nights = nights_of(mine)
    context: dict[str, Any] = {"nights": nights, "sums": sums_of(nights)}
    if mine:
        context |= compared(request, mine)
    return render(request, "stats/owner.html", context)


def nights_of(mine: list[Bar]) -> list[Night]:
    told = queries.tonight_of_bars([str(bar.pk) for bar in mine]) if mine else {}
    now = clock.now()
    return [
        Night(bar, figures, before_by_now(figures["hours"], now.astimezone(bar.zone)))
        for bar in mine
        if (figures := told.get(str(bar.pk)))
    ]


def compared(request: HttpRequest, mine: list[Bar]) -> dict[str, Any]:
    """The table of a period, as /figures/bars tells it."""
    period = request.GET.get("period") or "week"
    if period not in PERIODS:
        raise Problem(_("There is no such figure or period."), field="period")
    today = running_date(mine[0])
    on = read_day(request.GET.get("on", "")) or today
    days = span_of(today, period=PERIODS[period], on=on)
    language = get_language() or "fr"
    return {
        "columns": COLUMNS,
        "rows": [
            cells(COLUMNS, [row[column.name] for column in COLUMNS], row["currency"], language)
            for row in bars(mine, days)
        ],
        "periods": period_labels(),
        "period": period,
        "days": days,
        "on": on,
        "earlier": days.first - A_DAY if days.first > EARLIEST else None,
        "later": days.last + A_DAY if days.last < today else None,
    }
