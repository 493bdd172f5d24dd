"""Figures. Each is defined in docs/figures.md and computed here, by one statement for all bars asked."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from bars.models import Bar

TONIGHT = "SELECT bar, stats_tonight(bar) FROM unnest(%(bars)s::uuid[]) AS bar"

PLATFORM = """
WITH bar AS MATERIALIZED (
    SELECT id, currency, bars_business_date(now(), time_zone, closing_hour) AS business_date
    FROM bars_bar WHERE is_active
), today AS (
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
    """The figures of a bar's running business date (sql/tonight_v1.sql); money in minor units of `currency`."""
    return tonight_of_bars([str(bar.pk)])[str(bar.pk)]


def tonight_of_bars(bar_ids: list[str]) -> Mapping[str, dict[str, Any]]:
    """`tonight` for many bars in one statement, by bar id."""
    with connection.cursor() as cursor:
        cursor.execute(TONIGHT, {"bars": bar_ids})
        return {str(bar): told for bar, told in cursor.fetchall() if told is not None}


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
