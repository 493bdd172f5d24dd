"""What is always true of the figures."""

from bars.invariants import Invariant, declare

declare(
    Invariant(
        "I26",
        "The minutes add up to the validated sales.",
        """
        SELECT bar_id, business_date, minute, roll.sales, roll.revenue,
               counted.sales AS counted_sales, counted.revenue AS counted_revenue
        FROM (SELECT * FROM stats_salesminute WHERE sales <> 0 OR revenue <> 0) AS roll
        FULL JOIN (
            SELECT bar_id, business_date, date_trunc('minute', occurred_at, 'UTC') AS minute,
                   count(*) AS sales, sum(total) AS revenue
            FROM sales_sale WHERE status = 'validated' GROUP BY 1, 2, 3
        ) AS counted USING (bar_id, business_date, minute)
        WHERE roll.sales IS DISTINCT FROM counted.sales OR roll.revenue IS DISTINCT FROM counted.revenue
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
                AND (sale.received_at >= refreshed.since OR EXISTS (
                    SELECT FROM realtime_event AS event
                    WHERE event.stream = 'bar.' || sale.bar_id AND event.type IN ('sale.changed', 'invalidate')
                      AND event.created_at >= refreshed.since
                ))
          )
          AND refreshed.since IS NOT NULL
        """,
    ),
)
