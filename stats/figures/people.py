"""What each of the team has sold."""

from bars.days import Days
from bars.models import Bar
from sales.figures import average_basket
from stats.figures.reading import rows_of
from stats.figures.tables import Row, percent

SELLERS = """
SELECT coalesce(nullif(trim(person.first_name || ' ' || person.last_name), ''), person.username) AS seller,
       sold.sales, sold.gross, sold.refunds, sold.gross - sold.refunds AS revenue, sold.discounts, sold.cancelled
FROM sales_sellers(%(bar)s, %(first)s, %(last)s) AS sold
JOIN bars_user AS person ON person.id = sold.seller_id
ORDER BY revenue DESC, seller, person.id
"""


def sellers(bar: Bar, asked: Days) -> list[Row]:
    """Each who has the credit for a validated or cancelled sale of these days, or for one that was refunded on them.

    Refunds are taken off who sold what came back: over all sellers, revenue is the bar's.
    """
    rows = rows_of(SELLERS, bar=bar.pk, first=asked.first, last=asked.last)
    whole = sum(row["revenue"] for row in rows)
    return [
        row | {"basket": average_basket(row["revenue"], row["sales"]), "share": percent(row["revenue"], whole)}
        for row in rows
    ]
