"""What the evening report tells of one business date, as the books stand now: one statement."""

import json
from datetime import date
from typing import Any

from django.db import connection

from bars.models import Bar

TOP, LOW = 5, 8
FIGURES = f"""
SELECT to_jsonb(figures) - 'undecided' - 'pending' || jsonb_build_object(
    'business_date', day.date,
    'net', figures.gross - figures.refunds,
    'expenses', (
        SELECT coalesce(sum(amount), 0) FROM sales_expense
        WHERE bar_id = bar.id AND business_date = day.date AND voided_at IS NULL
    ),
    'waiting', (
        SELECT coalesce(jsonb_object_agg(one.status, to_jsonb(one) - 'status'), '{{}}') FROM (
            SELECT status, count(*) AS count, sum(total) AS total
            FROM jsonb_to_recordset(figures.pending || figures.undecided) AS sale (status text, total bigint)
            GROUP BY status
        ) AS one
    ),
    'top_products', (
        SELECT coalesce(jsonb_agg(to_jsonb(one) ORDER BY one.amount DESC, one.quantity DESC, one.name), '[]') FROM (
            SELECT product.name, sum(sold.quantity - sold.returned) AS quantity,
                   sum(sold.revenue - sold.refunds) AS amount
            FROM sales_products_sold(bar.id, day.date, day.date) AS sold
            JOIN stock_product AS product ON product.id = sold.product_id
            GROUP BY product.id HAVING sum(sold.quantity - sold.returned) > 0
            ORDER BY amount DESC, quantity DESC, product.name LIMIT {TOP}
        ) AS one
    ),
    'by_seller', (
        SELECT coalesce(jsonb_agg(to_jsonb(one) ORDER BY one.amount DESC, one.name), '[]') FROM (
            SELECT coalesce(nullif(person.first_name, ''), person.username) AS name, sold.sales,
                   sold.gross - sold.refunds AS amount
            FROM sales_sellers(bar.id, day.date, day.date) AS sold
            JOIN bars_user AS person ON person.id = sold.seller_id
            WHERE sold.sales > 0 OR sold.refunds > 0
        ) AS one
    ),
    'low_stock', (
        SELECT coalesce(jsonb_agg(to_jsonb(one) ORDER BY one.available, one.name), '[]') FROM (
            SELECT name, stock - reserved AS available FROM stock_product
            WHERE bar_id = bar.id AND is_active AND stock - reserved <= alert_threshold
            ORDER BY stock - reserved, name, id LIMIT {LOW}
        ) AS one
    ),
    'open_tabs', (SELECT to_jsonb(open) FROM sales_open_tabs(bar.id) AS open),
    'close', (
        SELECT jsonb_build_object(
            'number', closed.number, 'since', closed.since, 'business_date', closed.business_date,
            'expected_cash', closed.expected_cash, 'counted_cash', closed.counted_cash,
            'difference', closed.difference, 'added', to_jsonb(added)
        )
        FROM sales_dayclose AS closed
        CROSS JOIN LATERAL (
            SELECT count(*) AS count, coalesce(sum(revenue), 0) AS revenue, coalesce(sum(cash), 0) AS cash
            FROM sales_addendum WHERE close_id = closed.id
        ) AS added
        WHERE closed.bar_id = bar.id AND closed.reopened_at IS NULL
          AND day.date BETWEEN closed.since AND closed.business_date
    )
)
FROM bars_bar AS bar
CROSS JOIN LATERAL (
    SELECT coalesce(%(day)s, bars_business_date(clock_timestamp(), bar.time_zone, bar.closing_hour)) AS date
) AS day
CROSS JOIN LATERAL sales_figures(bar.id, day.date, day.date) AS figures
WHERE bar.id = %(bar)s
"""


def figures_of(bar: Bar, day: date | None = None) -> dict[str, Any]:
    """The figures of a business date, by default of the running one.

    Amounts in minor units of the bar's currency. Stock and open tabs are those of now, all else is the day's.
    """
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, {"bar": bar.pk, "day": day})
        told: dict[str, Any] = json.loads(cursor.fetchone()[0])
    return {"bar": bar.name, "currency": bar.currency} | told
