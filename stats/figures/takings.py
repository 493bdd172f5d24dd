"""What was taken in: by day, by hour, against the same weekdays, by way of payment."""

from bars.days import Days
from bars.models import Bar
from sales.figures import average_basket
from stats import periods
from stats.figures.reading import rows_of
from stats.figures.tables import Row, change, percent

HOURS = """
SELECT hour, coalesce(asked.sales, 0) AS sales, coalesce(asked.revenue, 0) AS revenue,
       coalesce(before.sales, 0) AS sales_before, coalesce(before.revenue, 0) AS revenue_before
FROM generate_series(0, 23) AS hour
LEFT JOIN stats_hours(%(bar)s, %(zone)s, %(first)s, %(last)s) AS asked USING (hour)
LEFT JOIN stats_hours(%(bar)s, %(zone)s, %(first_before)s, %(last_before)s) AS before USING (hour)
ORDER BY mod(hour - %(closing_hour)s + 24, 24)
"""
# So far is a time on the bar's wall, counted from midnight of the business date: clocks that change don't matter.
WEEKDAYS = """
SELECT day.date AS business_date, coalesce(sum(roll.sales), 0)::integer AS sales,
       coalesce(sum(roll.revenue), 0)::bigint AS revenue,
       coalesce(sum(roll.sales) FILTER (WHERE roll.is_by_now), 0)::integer AS sales_by_now,
       coalesce(sum(roll.revenue) FILTER (WHERE roll.is_by_now), 0)::bigint AS revenue_by_now
FROM (
    SELECT now() AT TIME ZONE %(zone)s AS wall, bars_business_date(now(), %(zone)s, %(closing_hour)s) AS today
) AS clock
CROSS JOIN generate_series(0, 4) AS week
CROSS JOIN LATERAL (SELECT %(day)s::date - 7 * week AS date) AS day
LEFT JOIN LATERAL (
    SELECT sales, revenue,
           %(day)s::date <> today OR minute AT TIME ZONE %(zone)s - day.date <= wall - today AS is_by_now
    FROM stats_salesminute WHERE bar_id = %(bar)s AND business_date = day.date
) AS roll ON true
GROUP BY day.date ORDER BY day.date DESC
"""
PAYMENTS = """
SELECT payment, sum(sales)::integer AS sales, sum(gross)::bigint AS gross, sum(refunds)::bigint AS refunds,
       sum(gross - refunds)::bigint AS revenue
FROM (
    SELECT coalesce(paid_with, payment) AS payment, count(*) AS sales, sum(total) AS gross, 0 AS refunds
    FROM sales_sale
    WHERE bar_id = %(bar)s AND business_date BETWEEN %(first)s AND %(last)s AND status = 'validated'
    GROUP BY 1
    UNION ALL
    SELECT refund_with, 0, 0, sum(refund)
    FROM sales_return
    WHERE bar_id = %(bar)s AND business_date BETWEEN %(first)s AND %(last)s
      AND status IN ('approved', 'restocked') AND refunds
    GROUP BY 1
) AS one
GROUP BY payment ORDER BY revenue DESC, payment
"""


def days(bar: Bar, asked: Days) -> list[Row]:
    """Each business date that had a sale or a refund: revenue is gross less refunds, the basket is revenue by sales."""
    return [
        row
        | {
            "gross": row["revenue"] + row["refunds"],
            "basket": average_basket(row["revenue"], row["sales"]),
        }
        for row in periods.days(bar, *asked)
    ]


def hours(bar: Bar, asked: Days) -> list[Row]:
    """Revenue and sales of each hour of the bar's clock, and of the days before that are the same weekdays.

    All 24 hours, from the closing hour on.
    """
    before = asked.before()
    return rows_of(
        HOURS, bar=bar.pk, zone=bar.time_zone, closing_hour=bar.closing_hour, first=asked.first, last=asked.last,
        first_before=before.first, last_before=before.last,
    )  # fmt: skip


def weekdays(bar: Bar, asked: Days) -> list[Row]:
    """The last day asked and the same weekday of the four weeks before it.

    While that day is running, `by_now` are its figures and what the others had by the same time on the bar's wall;
    `change` compares these, in percent of the earlier day.
    """
    rows = rows_of(WEEKDAYS, bar=bar.pk, zone=bar.time_zone, closing_hour=bar.closing_hour, day=asked.last)
    now = rows[0]["revenue_by_now"]
    return [row | {"change": change(now, row["revenue_by_now"]) if number else None} for number, row in enumerate(rows)]


def payments(bar: Bar, asked: Days) -> list[Row]:
    """Validated sales by how they are paid, and refunds by how they were given; `tab` and `credit` are still owed."""
    rows = rows_of(PAYMENTS, bar=bar.pk, first=asked.first, last=asked.last)
    whole = sum(row["revenue"] for row in rows)
    return [row | {"share": percent(row["revenue"], whole)} for row in rows]
