"""Several bars side by side, for whoever may see the figures of more than one."""

from collections.abc import Collection

from bars.days import Days
from bars.models import Bar
from sales.figures import average_basket
from stats.figures.reading import rows_of
from stats.figures.tables import Row, change

BARS = """
SELECT bar.name AS bar, bar.currency, span.first, span.last,
       asked.sales, asked.revenue, asked.refunds, before.revenue AS revenue_before
FROM bars_bar AS bar
CROSS JOIN LATERAL (SELECT bars_business_date(now(), bar.time_zone, bar.closing_hour) AS date) AS today
CROSS JOIN LATERAL (
    SELECT coalesce(%(first)s, today.date) AS first, coalesce(%(last)s, today.date) AS last
) AS span
CROSS JOIN LATERAL (
    SELECT coalesce(sum(sales), 0)::bigint AS sales, coalesce(sum(revenue), 0)::bigint AS revenue,
           coalesce(sum(refunds), 0)::bigint AS refunds
    FROM stats_sales_days(bar.id, span.first, span.last)
) AS asked
CROSS JOIN LATERAL (
    SELECT coalesce(sum(revenue), 0)::bigint AS revenue
    FROM stats_sales_days(bar.id, span.first - %(back)s::integer, span.last - %(back)s::integer)
) AS before
WHERE bar.id = ANY(%(bars)s)
ORDER BY bar.name, bar.id
"""


def bars(those: Collection[Bar], asked: Days | None = None) -> list[Row]:
    """The revenue of each bar, in its own currency, and that of the same weekdays before; by name.

    Without days it is each bar's own running business date, against the whole of the same day a week before.
    """
    first, last = asked or (None, None)
    back = (asked.first - asked.before().first).days if asked else 7
    rows = rows_of(BARS, bars=[bar.pk for bar in those], first=first, last=last, back=back)
    return [
        row
        | {
            "gross": row["revenue"] + row["refunds"],
            "basket": average_basket(row["revenue"], row["sales"]),
            "change": change(row["revenue"], row["revenue_before"]),
        }
        for row in rows
    ]
