"""What was sold of each product, what it has earned, what came back or got lost, and what to order."""

from decimal import ROUND_HALF_UP, Decimal

from bars.days import Days
from bars.models import Bar
from stats import periods
from stats.figures.reading import rows_of
from stats.figures.tables import Row, percent

COVER = 14  # days that an order has to last
SHORT = 7  # days; what lasts less is ordered

MARGIN = """
SELECT product.name AS product, sold.quantity, sold.revenue, round(sold.cost)::bigint AS cost
FROM (
    SELECT product_id, sum(quantity - returned)::bigint AS quantity, sum(revenue - refunds)::bigint AS revenue,
           sum(cost) AS cost
    FROM stats_product_days(%(bar)s, %(first)s, %(last)s)
    GROUP BY product_id
) AS sold
JOIN stock_product AS product ON product.id = sold.product_id
WHERE (sold.quantity, sold.revenue, sold.cost) <> (0, 0, 0)
ORDER BY sold.revenue - sold.cost DESC, product.name, product.id
"""
RETURNS = """
SELECT product.name AS product, sum(one.sold)::bigint AS sold, sum(one.returned)::bigint AS returned,
       sum(one.refunds)::bigint AS refunds
FROM (
    SELECT product_id, quantity AS sold, 0 AS returned, 0 AS refunds
    FROM stats_product_days(%(bar)s, %(first)s, %(last)s)
    UNION ALL
    SELECT line.product_id, 0, back.quantity, back.refund
    FROM sales_return AS back JOIN sales_line AS line ON line.id = back.line_id
    WHERE back.bar_id = %(bar)s AND back.business_date BETWEEN %(first)s AND %(last)s
      AND back.status IN ('approved', 'restocked')
) AS one
JOIN stock_product AS product ON product.id = one.product_id
GROUP BY product.id HAVING sum(one.returned) > 0
ORDER BY returned DESC, product.name, product.id
"""
REASONS = """
SELECT back.reason, count(*)::integer AS returns, sum(back.quantity)::bigint AS returned,
       sum(back.refund)::bigint AS refunds,
       (SELECT sum(quantity) FROM stats_product_days(%(bar)s, %(first)s, %(last)s))::bigint AS sold
FROM sales_return AS back
WHERE back.bar_id = %(bar)s AND back.business_date BETWEEN %(first)s AND %(last)s
  AND back.status IN ('approved', 'restocked')
GROUP BY back.reason ORDER BY returned DESC, back.reason
"""
VARIANCE = """
SELECT product.name AS product,
       coalesce(sum(one.quantity) FILTER (WHERE one.reason = 'count'), 0)::bigint AS count,
       coalesce(sum(one.quantity) FILTER (WHERE one.reason = 'breakage'), 0)::bigint AS breakage,
       coalesce(sum(one.quantity) FILTER (WHERE one.reason = 'gift'), 0)::bigint AS gift,
       coalesce(sum(one.quantity) FILTER (WHERE one.reason = 'expiry'), 0)::bigint AS expiry,
       coalesce(sum(one.quantity) FILTER (WHERE one.reason = 'theft'), 0)::bigint AS theft,
       coalesce(sum(one.quantity) FILTER (WHERE one.reason = 'other'), 0)::bigint AS other,
       sum(one.quantity)::bigint AS quantity, round(sum(one.quantity * one.unit_cost))::bigint AS value
FROM stock_adjustment AS one
JOIN stock_product AS product ON product.id = one.product_id
WHERE one.bar_id = %(bar)s
  AND bars_business_date(one.created_at, %(zone)s, %(closing_hour)s) BETWEEN %(first)s AND %(last)s
GROUP BY product.id ORDER BY sum(one.quantity * one.unit_cost), product.name, product.id
"""
REORDER = """
SELECT product.name AS product, product.stock - product.reserved AS available,
       kept.quantity - kept.returned AS quantity, kept.daily_mean, kept.days_without_sale, product.alert_threshold
FROM product_sales_stats AS kept
JOIN stock_product AS product ON product.id = kept.product_id
WHERE kept.bar_id = %(bar)s AND product.is_active
ORDER BY (product.stock - product.reserved) / nullif(kept.daily_mean, 0) NULLS LAST, product.name, product.id
"""


def top_products(bar: Bar, asked: Days) -> list[Row]:
    """Products by revenue: their share of what was paid less the refunds given for them, and of the bar's revenue."""
    rows = periods.top_products(bar, *asked, limit=None)
    whole = sum(row["revenue"] for row in rows)
    return [row | {"product": row["name"], "share": percent(row["revenue"], whole)} for row in rows]


def margin(bar: Bar, asked: Days) -> list[Row]:
    """Revenue of each product less the cost of what was sold and did not come back on the shelf.

    The cost is the weighted average of the moment of each sale, which its line keeps.
    """
    rows = rows_of(MARGIN, bar=bar.pk, first=asked.first, last=asked.last)
    return [
        row | {"margin": row["revenue"] - row["cost"], "rate": percent(row["revenue"] - row["cost"], row["revenue"])}
        for row in rows
    ]


def returns(bar: Bar, asked: Days) -> list[Row]:
    """Products of which any came back, by the date of approval; the rate is of the units sold on the same days."""
    rows = rows_of(RETURNS, bar=bar.pk, first=asked.first, last=asked.last)
    return [row | {"rate": percent(row["returned"], row["sold"])} for row in rows]


def return_reasons(bar: Bar, asked: Days) -> list[Row]:
    """Approved returns by their reason; the rate is of all units sold on the same days."""
    rows = rows_of(REASONS, bar=bar.pk, first=asked.first, last=asked.last)
    return [row | {"rate": percent(row["returned"], row["sold"] or 0)} for row in rows]


def variance(bar: Bar, asked: Days) -> list[Row]:
    """What adjustments have added to or taken from each product's stock, by reason, and its value at the cost then."""
    return rows_of(
        VARIANCE, bar=bar.pk, zone=bar.time_zone, closing_hour=bar.closing_hour, first=asked.first, last=asked.last
    )


def reorder(bar: Bar, asked: Days) -> list[Row]:
    """What each product on sale has sold in its last 30 finished days, and how long the shelf lasts at that rate.

    To be ordered is what lasts less than 7 days or is at its alert threshold: as much as 14 days take, above the
    threshold. Whatever days are asked, it is the stock of now.
    """
    return [_with_order(row) for row in rows_of(REORDER, bar=bar.pk)]


def _with_order(row: Row) -> Row:
    mean, available = row["daily_mean"], row["available"]
    left = (available / mean).quantize(Decimal("0.1"), ROUND_HALF_UP) if mean > 0 else None
    is_short = available <= row["alert_threshold"] or (left is not None and left < SHORT)
    wanted = -(-max(mean, 0) * COVER // 1) + row["alert_threshold"]
    return row | {"days_left": left, "reorder": max(0, int(wanted) - available) if is_short else 0}
