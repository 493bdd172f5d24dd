"""Refreshing views, letting operators know how they fare, and letting bar_activity decay."""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction

from bars.models import User
from realtime.events import NOTIFICATIONS
from realtime.notifications import notify, resolve
from stats.models import RefreshLog, ViewMetrics
from stats.off_peak import is_hour_of_heavy_views, is_off_peak

logger = logging.getLogger(__name__)

TOP_PRODUCTS = "top_products_by_period"
LIGHT_VIEWS = ("daily_sales_summary", "bars_with_stats")
HEAVY_VIEWS = (TOP_PRODUCTS, "product_sales_stats")  # the second is made of the first
VIEWS = LIGHT_VIEWS + HEAVY_VIEWS
KEPT = timedelta(days=30)  # of the refresh log

HOURS = """
SELECT extract(hour FROM %(at)s AT TIME ZONE time_zone)::integer, count(*)::integer
FROM bars_bar WHERE is_active GROUP BY 1
"""
BEGIN = "SELECT pg_try_advisory_lock(hashtext(%(view)s)), clock_timestamp()"
END = "SELECT pg_advisory_unlock(hashtext(%(view)s))"
FORGET_MARKS = "DELETE FROM stats_dirtyday WHERE view = %s"
DECAY = """
SELECT count(*)
FROM (
    SELECT bar_id FROM stats_baractivity
    WHERE sales_last_hour > 0 OR sales_last_5min > 0
    ORDER BY bar_id FOR UPDATE SKIP LOCKED
) AS busy, LATERAL stats_refresh_activity(busy.bar_id, %(now)s)
"""
REBUILD = """
SELECT count(*)
FROM (SELECT id FROM bars_bar ORDER BY id) AS bar, LATERAL stats_refresh_activity(bar.id, %(now)s)
"""


def refresh_light_views(at: datetime) -> list[RefreshLog]:
    """Refresh the light views, unless half of the bars or more are at their peak."""
    return refresh_views(*LIGHT_VIEWS) if is_off_peak(_hours_of_bars(at)) else []


def refresh_heavy_views(at: datetime) -> list[RefreshLog]:
    """Refresh the heavy views, at their two hours of the day."""
    return refresh_views(*HEAVY_VIEWS) if is_hour_of_heavy_views(_hours_of_bars(at)) else []


def _hours_of_bars(at: datetime) -> dict[int, int]:
    """How many bars have each hour on their clocks: the database knows the zones, as for business dates."""
    with connection.cursor() as cursor:
        cursor.execute(HOURS, {"at": at})
        return dict(cursor.fetchall())


def refresh_views(*views: str) -> list[RefreshLog]:
    """Refresh these views one after the other, each logged; one that fails doesn't stop the next.

    A view that is being refreshed elsewhere is left out: an advisory lock lets one refresh run at a time.
    """
    logs = []
    for view in views:
        if log := refresh_view(view):
            logs.append(log)
            if log.error:
                logger.error("The refresh of %s has failed: %s", view, log.error)
    return logs


def refresh_view(view: str) -> RefreshLog | None:
    """Refresh one view without blocking its readers, log it, and tell operators of a failure or of its end.

    None where it is being refreshed elsewhere.
    """
    if view not in VIEWS:
        raise ValueError(f"{view} is not one of {', '.join(VIEWS)}")
    with _alone(view) as started_at:
        if started_at is None:
            return None
        began = time.monotonic()
        error = _refreshed(view, started_at)
        log = RefreshLog.objects.create(view=view, started_at=started_at, seconds=time.monotonic() - began, error=error)
        _forget_old(started_at)
    _tell_operators("view_failed", view, is_so=bool(error))
    return log


@contextmanager
def _alone(view: str) -> Iterator[datetime | None]:
    """The moment at which this refresh has begun, by the database's clock; None while another is under way."""
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, {"view": view})
        is_mine, moment = cursor.fetchone()
        if not is_mine:
            yield None
            return
        try:
            yield moment
        finally:
            cursor.execute(END, {"view": view})


def _refreshed(view: str, started_at: datetime) -> str:
    """Do it. Returns why it failed, or nothing."""
    try:
        if view == TOP_PRODUCTS:
            _count_products(started_at)
        else:
            _refresh(view)
    except DatabaseError as failure:
        return str(failure)
    return ""


@transaction.atomic
def _refresh(view: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FORGET_MARKS, [view])  # first: the refresh sees the sales of all marks that are gone
        cursor.execute(f"REFRESH MATERIALIZED VIEW CONCURRENTLY {view}")


def _count_products(started_at: datetime) -> None:
    """A transaction a bar, so that no refresh is long."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM bars_bar ORDER BY id")
        for (bar,) in cursor.fetchall():
            with transaction.atomic():
                cursor.execute("SELECT stats_refresh_products(%s, %s)", [bar, started_at])


def _forget_old(now: datetime) -> None:
    """Keep the log of thirty days, and what says until when each view is right."""
    newest = RefreshLog.objects.filter(error="").order_by("view", "-started_at", "-id").distinct("view")
    RefreshLog.objects.filter(started_at__lt=now - KEPT).exclude(pk__in=newest.values("pk")).delete()


def look_after_views() -> list[str]:
    """Tell operators which views have grown old, and which are no longer. Returns the old ones."""
    metrics = list(ViewMetrics.objects.all())
    for one in metrics:
        _tell_operators("view_old", one.view, is_so=one.is_old)
    return [one.view for one in metrics if one.is_old]


@transaction.atomic
def _tell_operators(kind: str, view: str, *, is_so: bool) -> None:
    """A notification to each operator while it is so; it settles for all when it is so no more."""
    operators = User.objects.filter(is_superuser=True, is_active=True).order_by("pk")
    for stream in [f"user.{pk}" for pk in operators.values_list("pk", flat=True)]:
        if is_so:
            notify(stream, NOTIFICATIONS, kind, subject=view, data=json.dumps({"view": view}))
        else:
            resolve(stream, kind, subject=view)


def decay_activity(now: datetime) -> int:
    """Let the counters of bars that were busy slide on to `now`. Returns how many were touched."""
    return _count(DECAY, now)


def rebuild_activity(now: datetime) -> int:
    """Count every bar's activity again from the roll-up. Returns how many bars there are."""
    return _count(REBUILD, now)


def _count(statement: str, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"now": now})
        return int(cursor.fetchone()[0])
