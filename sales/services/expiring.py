"""Sales that nobody has decided about before their day was over."""

import logging
from datetime import datetime
from uuid import UUID

from django.db import OperationalError, connection
from django.utils.translation import gettext_noop

from bars.transactions import durably, open_books
from realtime.errors import Problem

NOT_DECIDED = gettext_noop("Nobody decided about it before the day was over.")

# A sale that a phone has kept is decided about on the day it arrives.
OVER = """
sale.status = 'pending'
AND greatest(sale.business_date, bars_business_date(sale.received_at, bar.time_zone, bar.closing_hour))
    < bars_business_date(%(at)s, bar.time_zone, bar.closing_hour)
"""
BARS = f"SELECT DISTINCT sale.bar_id FROM sales_sale AS sale JOIN bars_bar AS bar ON bar.id = sale.bar_id WHERE {OVER}"
# What somebody decides about just now is left to them.
EXPIRE = f"""
WITH over AS MATERIALIZED (
    SELECT sale.id FROM sales_sale AS sale JOIN bars_bar AS bar ON bar.id = sale.bar_id
    WHERE sale.bar_id = %(bar)s AND {OVER}
    ORDER BY sale.id
    FOR NO KEY UPDATE OF sale SKIP LOCKED
)
UPDATE sales_sale AS sale SET status = 'expired', reason = %(reason)s FROM over WHERE sale.id = over.id
"""

log = logging.getLogger(__name__)


def expire_sales(at: datetime) -> int:
    """Expire what still waits from days that are over in its bar, a bar at a time; how many sales that were.

    A bar that can't be written now doesn't keep the others: the next call takes it up.
    """
    with connection.cursor() as cursor:
        cursor.execute(BARS, {"at": at})
        bars = [bar_id for (bar_id,) in cursor.fetchall()]
    return sum(_expire_or_leave(bar_id, at) for bar_id in bars)


def _expire_or_leave(bar_id: UUID, at: datetime) -> int:
    try:
        return expire_sales_of(bar_id, at)
    except (Problem, OperationalError) as error:
        log.warning("sales of bar %s wait for the next round to expire: %s", bar_id, error)
        return 0


@durably
def expire_sales_of(bar_id: UUID, at: datetime) -> int:
    """Expire what still waits in this bar from days that are over. Raises StillRunning."""
    open_books(bar_id)
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, {"bar": bar_id, "at": at, "reason": NOT_DECIDED})
        return cursor.rowcount
