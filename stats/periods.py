"""Figures of several days. Finished days come from what refreshes keep, others from the roll-up and the ledger.

Which is which, the database decides in one place (`stats_live_days` in sql/days_v1.sql), within the one statement that
reads: a late sale of yesterday is in these figures with its commit.
"""

from datetime import date
from typing import Any, Literal

from bars.models import Bar
from stats.figures.reading import rows_of

# Ties are broken the same way each time.
RANKS = {"revenue": "revenue DESC, quantity DESC", "quantity": "quantity DESC, revenue DESC"}
DAYS = """
SELECT business_date, sales, revenue, refunds FROM stats_sales_days(%(bar)s, %(since)s, %(until)s)
WHERE sales <> 0 OR revenue <> 0 OR refunds <> 0 ORDER BY business_date
"""
TOP = """
SELECT product.id AS product, product.name, sold.quantity, sold.revenue, sold.refunds
FROM (
    SELECT product_id, sum(quantity - returned)::bigint AS quantity, sum(revenue - refunds)::bigint AS revenue,
           sum(refunds)::bigint AS refunds
    FROM stats_product_days(%(bar)s, %(since)s, %(until)s)
    GROUP BY product_id
) AS sold
JOIN stock_product AS product ON product.id = sold.product_id
WHERE sold.quantity <> 0 OR sold.revenue <> 0 OR sold.refunds <> 0
ORDER BY {rank}, product.name, product.id LIMIT %(limit)s
"""


def days(bar: Bar, since: date, until: date) -> list[dict[str, Any]]:
    """Sales, revenue less refunds, and refunds of each business date that had any; the first and the last included."""
    return rows_of(DAYS, bar=bar.pk, since=since, until=until)


def top_products(
    bar: Bar, since: date, until: date, *, by: Literal["revenue", "quantity"] = "revenue", limit: int | None = 10
) -> list[dict[str, Any]]:
    """The products that brought most: units less those taken back, revenue less refunds; both days included.

    Without a limit it is all that were sold or taken back: their revenue is the bar's of these days, to the unit.
    """
    return rows_of(TOP.format(rank=RANKS[by]), bar=bar.pk, since=since, until=until, limit=limit)
