"""Which business dates are asked for: two dates, or a day, week, month or year."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Literal, get_args

from django.db import connection
from django.utils.translation import gettext_lazy as _

from bars.days import BadDays, Days
from bars.models import Bar

Period = Literal["day", "week", "month", "year"]
PERIODS: dict[str, Period] = {name: name for name in get_args(Period)}


def running_date(bar: Bar) -> date:
    """The bar's business date of now, by the database, which dates the rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT bars_business_date(now(), %s, %s)", [bar.time_zone, bar.closing_hour])
        return cursor.fetchone()[0]


def span_of(
    today: date,
    first: date | None = None,
    last: date | None = None,
    period: Period | None = None,
    on: date | None = None,
) -> Days:
    """The dates from the first to the last, or the period that holds the day `on`, which is today unless it is given.

    A week begins on Monday. Raises BadDays for half of two dates, for both ways at once, and for more than a year.
    """
    if first or last:
        if first is None or last is None or period or on:
            raise BadDays(_("Give `from` and `to`, or a `period` and `on`."))
        return Days(first, last).checked()
    day = on or today
    try:
        return period_of(day, period or "day").checked()
    except (ValueError, OverflowError):
        raise BadDays() from None


def period_of(day: date, period: Period) -> Days:
    if period == "week":
        monday = day - timedelta(days=day.weekday())
        return Days(monday, monday + timedelta(days=6))
    if period == "month":
        return Days(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))
    if period == "year":
        return Days(day.replace(month=1, day=1), day.replace(month=12, day=31))
    return Days(day, day)
