"""Refreshing views, and letting bar_activity decay."""

import time
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from stats.models import RefreshLog

LIGHT_VIEWS = ("daily_sales_summary",)
KEPT = timedelta(days=30)  # of the refresh log

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


def refresh_views(*views: str) -> list[RefreshLog]:
    """Refresh these views one after the other, each logged; one that fails doesn't stop the next.

    A view that is being refreshed elsewhere is left out: an advisory lock lets one refresh run at a time.
    """
    return [log for view in views if (log := refresh_view(view)) is not None]


def refresh_view(view: str) -> RefreshLog | None:
    """Refresh one view without blocking its readers, and log it. None where it is being refreshed elsewhere."""
    if view not in LIGHT_VIEWS:
        raise ValueError(f"{view} is not one of {', '.join(LIGHT_VIEWS)}")
    started_at, began = timezone.now(), time.monotonic()
    error = ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [view])
        if cursor.fetchone() == (False,):
            return None
        try:
            with transaction.atomic():
                cursor.execute(f"REFRESH MATERIALIZED VIEW CONCURRENTLY {view}")
        except DatabaseError as failure:
            error = str(failure)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [view])
    log = RefreshLog.objects.create(view=view, started_at=started_at, seconds=time.monotonic() - began, error=error)
    RefreshLog.objects.filter(started_at__lt=started_at - KEPT).delete()
    return log


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
