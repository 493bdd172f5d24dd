-- As in v1, and the refunds that were taken off.
DROP MATERIALIZED VIEW daily_sales_summary;
CREATE MATERIALIZED VIEW daily_sales_summary AS
SELECT bar_id, business_date, sum(sales)::integer AS sales, sum(revenue)::bigint AS revenue, sum(refunds)::bigint AS refunds
FROM stats_salesminute
GROUP BY bar_id, business_date;

CREATE UNIQUE INDEX daily_sales_summary_key ON daily_sales_summary (bar_id, business_date);

-- What each business date of a bar has brought, right at any moment: finished days from the view, others from the minutes.
CREATE FUNCTION stats_sales_days(bar uuid, since date, until date)
RETURNS TABLE (business_date date, sales bigint, revenue bigint, refunds bigint) LANGUAGE sql STABLE AS $$
    SELECT kept.business_date, kept.sales, kept.revenue, kept.refunds
    FROM daily_sales_summary AS kept
    WHERE kept.bar_id = bar
      AND kept.business_date BETWEEN since AND least(until, (SELECT stats_counted_until('daily_sales_summary', bar)))
      AND NOT EXISTS (
          SELECT FROM stats_dirtyday AS dirty
          WHERE (dirty.bar_id, dirty.business_date, dirty.view) = (bar, kept.business_date, 'daily_sales_summary')
      )
    UNION ALL
    SELECT roll.business_date, sum(roll.sales), sum(roll.revenue)::bigint, sum(roll.refunds)::bigint
    FROM stats_live_days('daily_sales_summary', bar, since, until) AS live
    JOIN stats_salesminute AS roll ON roll.bar_id = bar AND roll.business_date BETWEEN live.first AND live.last
    GROUP BY roll.business_date
$$;
