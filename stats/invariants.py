"""What is always true of the figures."""

from bars.invariants import Invariant, declare

declare(
    Invariant(
        "I26",
        "The minutes add up to the validated sales, less the refunds given in them.",
        """
        SELECT bar_id, business_date, minute, roll.sales, roll.revenue, roll.refunds,
               counted.sales AS counted_sales, counted.revenue AS counted_revenue, counted.refunds AS counted_refunds
        FROM (SELECT * FROM stats_salesminute WHERE sales <> 0 OR revenue <> 0 OR refunds <> 0) AS roll
        FULL JOIN (
            SELECT bar_id, business_date, date_trunc('minute', moment, 'UTC') AS minute,
                   sum(sales) AS sales, sum(amount) - sum(refund) AS revenue, sum(refund) AS refunds
            FROM (
                SELECT bar_id, business_date, occurred_at AS moment, 1 AS sales, total AS amount, 0 AS refund
                FROM sales_sale WHERE status = 'validated'
                UNION ALL
                SELECT bar_id, business_date, decided_at, 0, 0, refund
                FROM sales_return WHERE status IN ('approved', 'restocked') AND refund > 0
            ) AS one
            GROUP BY 1, 2, 3
        ) AS counted USING (bar_id, business_date, minute)
        WHERE (roll.sales, roll.revenue, roll.refunds)
            IS DISTINCT FROM (counted.sales, counted.revenue, counted.refunds)
        """,
    ),
    Invariant(
        "I26",
        "The daily summary adds up to the minutes of the days that nobody has touched since its refresh.",
        """
        SELECT bar_id, business_date, daily.sales, daily.revenue,
               minutes.sales AS counted_sales, minutes.revenue AS counted_revenue
        FROM (SELECT * FROM daily_sales_summary WHERE sales <> 0 OR revenue <> 0) AS daily
        FULL JOIN (
            SELECT bar_id, business_date, sum(sales) AS sales, sum(revenue) AS revenue
            FROM stats_salesminute GROUP BY 1, 2 HAVING sum(sales) <> 0 OR sum(revenue) <> 0
        ) AS minutes USING (bar_id, business_date)
        CROSS JOIN (
            -- A sale that was being written when the refresh began is not in it.
            SELECT max(started_at) - interval '15 minutes' AS since
            FROM stats_refreshlog WHERE view = 'daily_sales_summary' AND error = ''
        ) AS refreshed
        WHERE (daily.sales IS DISTINCT FROM minutes.sales OR daily.revenue IS DISTINCT FROM minutes.revenue)
          AND NOT EXISTS (
              SELECT FROM sales_sale AS sale
              WHERE sale.bar_id = coalesce(daily.bar_id, minutes.bar_id)
                AND sale.business_date = coalesce(daily.business_date, minutes.business_date)
                AND sale.received_at >= refreshed.since
          )
          AND NOT EXISTS (
              SELECT FROM realtime_event AS event
              WHERE event.stream = 'bar.' || coalesce(daily.bar_id, minutes.bar_id)
                AND event.type IN ('sale.changed', 'return.changed', 'invalidate')
                AND event.created_at >= refreshed.since
          )
          AND refreshed.since IS NOT NULL
        """,
    ),
)
