"""Figures. Each is defined in docs/figures.md and computed here, by one statement for all bars asked."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from bars.models import Bar

LAST_SALES = 8
LOW_STOCK = 8

TODAY = """
SELECT bar.id, bar.currency,
       bars_business_date(now(), bar.time_zone, bar.closing_hour) AS business_date
FROM bars_bar AS bar
"""

TONIGHT = f"""
WITH bar AS MATERIALIZED ({TODAY} WHERE bar.id = ANY(%(bars)s::uuid[]))
SELECT bar.id, bar.currency, bar.business_date, roll.revenue, roll.sales, roll.refunds, pending.count, pending.total,
       review.count, review.total, open.tabs, open.owed,
       coalesce(latest.sales, '[]'::jsonb), coalesce(low.products, '[]'::jsonb)
FROM bar
CROSS JOIN LATERAL (
    SELECT coalesce(sum(revenue), 0)::bigint AS revenue, coalesce(sum(sales), 0)::integer AS sales,
           coalesce(sum(refunds), 0)::bigint AS refunds
    FROM stats_salesminute
    WHERE bar_id = bar.id AND business_date = bar.business_date
) AS roll
CROSS JOIN LATERAL (
    SELECT count(*) AS count, coalesce(sum(total), 0)::bigint AS total
    FROM sales_sale
    WHERE bar_id = bar.id AND status = 'pending'
) AS pending
CROSS JOIN LATERAL (
    SELECT count(*) AS count, coalesce(sum(total), 0)::bigint AS total
    FROM sales_sale
    WHERE bar_id = bar.id AND status = 'needs_review'
) AS review
CROSS JOIN LATERAL sales_open_tabs(bar.id) AS open
CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object(
        'id', sale.id, 'at', sale.occurred_at, 'total', sale.total, 'status', sale.status,
        'seller', coalesce(nullif(person.first_name, ''), person.username),
        'lines', (SELECT string_agg(line.quantity || ' × ' || line.name, ', ' ORDER BY line.name)
                  FROM sales_line AS line WHERE line.sale_id = sale.id)
    ) ORDER BY sale.occurred_at DESC, sale.id DESC) AS sales
    FROM (
        SELECT id, occurred_at, total, status, sold_by_id
        FROM sales_sale WHERE bar_id = bar.id
        ORDER BY occurred_at DESC, id DESC LIMIT {LAST_SALES}
    ) AS sale
    JOIN bars_user AS person ON person.id = sale.sold_by_id
) AS latest
CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object(
        'product', product.id, 'name', product.name,
        'available', product.available, 'threshold', product.alert_threshold
    ) ORDER BY product.available, product.name, product.id) AS products
    FROM (
        SELECT id, name, stock - reserved AS available, alert_threshold
        FROM stock_product
        WHERE bar_id = bar.id AND is_active AND stock - reserved <= alert_threshold
        ORDER BY stock - reserved, name, id LIMIT {LOW_STOCK}
    ) AS product
) AS low
"""

PLATFORM = f"""
WITH bar AS MATERIALIZED ({TODAY} WHERE bar.is_active), today AS (
    SELECT bar.currency, sum(roll.sales) AS sales, sum(roll.revenue) AS revenue
    FROM bar JOIN stats_salesminute AS roll ON roll.bar_id = bar.id AND roll.business_date = bar.business_date
    GROUP BY bar.currency
)
SELECT (SELECT count(*) FROM bars_user WHERE is_active),
       (SELECT count(*) FROM sales_consignment WHERE status = 'active'),
       coalesce((SELECT sum(sales) FROM today), 0)::bigint,
       coalesce((SELECT jsonb_agg(jsonb_build_object('currency', currency, 'amount', revenue) ORDER BY currency)
                 FROM today), '[]'::jsonb)
"""


def tonight(bar: Bar) -> dict[str, Any]:
    """The figures of a bar's running business date; money in minor units of `currency`."""
    return tonight_of_bars([str(bar.pk)])[str(bar.pk)]


def tonight_of_bars(bar_ids: list[str]) -> Mapping[str, dict[str, Any]]:
    """`tonight` for many bars in one statement, by bar id."""
    with connection.cursor() as cursor:
        cursor.execute(TONIGHT, {"bars": bar_ids})
        return {str(row[0]): _figures(row) for row in cursor.fetchall()}


def _figures(row: tuple[Any, ...]) -> dict[str, Any]:
    _, currency, day, revenue, sales, refunds, pending, pending_total, review, review_total, tabs, owed, *lists = row
    latest, low = lists
    return {
        "business_date": day.isoformat(),
        "currency": currency,
        "revenue": revenue,
        "sales": sales,
        "refunds": refunds,
        "pending": {"count": pending, "total": pending_total},
        "needs_review": {"count": review, "total": review_total},
        "open_tabs": {"count": tabs, "total": owed},
        "last_sales": json.loads(latest),
        "low_stock": json.loads(low),
    }


def platform() -> dict[str, Any]:
    """Seed 000's four figures over all bars, each bar on its own business date; revenue by currency."""
    with connection.cursor() as cursor:
        cursor.execute(PLATFORM)
        users, consignments, sales, revenue = cursor.fetchone()
    return {
        "total_users": users,
        "active_consignments": consignments,
        "today_sales": sales,
        "today_revenue": json.loads(revenue),
    }


def platform_of_keys(keys: Iterable[str]) -> Mapping[str, dict[str, Any]]:
    return {key: platform() for key in keys}
