"""Sales that nobody has decided about before their day was over."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_noop

from bars.transactions import bar_by_bar, durably, open_books

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


def expire_sales(at: datetime) -> int:
    """Expire what still waits from days that are over in its bar, a bar at a time; how many sales that were."""
    with connection.cursor() as cursor:
        cursor.execute(BARS, {"at": at})
        bars = [bar_id for (bar_id,) in cursor.fetchall()]
    return bar_by_bar("pending sales", bars, partial(expire_sales_of, at=at))


@durably
def expire_sales_of(bar_id: UUID, at: datetime) -> int:
    """Expire what still waits in this bar from days that are over. Raises StillRunning."""
    open_books(bar_id)
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, {"bar": bar_id, "at": at, "reason": NOT_DECIDED})
        return cursor.rowcount
