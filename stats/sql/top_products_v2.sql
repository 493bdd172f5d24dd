-- As in v1, with what the goods have cost; what is sold is told by the sales themselves (sales_products_sold).
ALTER TABLE top_products_by_period ADD COLUMN cost numeric(24, 4) NOT NULL DEFAULT 0;
ALTER TABLE top_products_by_period ALTER COLUMN cost DROP DEFAULT;
INSERT INTO stats_dirtyday (view, bar_id, business_date)  -- the cost of what is kept has still to be counted
SELECT DISTINCT 'top_products_by_period', bar_id, business_date FROM top_products_by_period;

DROP FUNCTION stats_product_days(uuid, date, date);
DROP FUNCTION stats_products_sold(uuid, date, date);

-- Count anew the days of a bar that are marked, and those that have ended since the last refresh; call at READ COMMITTED.
-- A mark is taken away before the sales are read, so each that is gone stands for a sale that is seen.
CREATE OR REPLACE FUNCTION stats_refresh_products(bar uuid, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    counted CONSTANT date := stats_counted_until('top_products_by_period', bar);
    ended date;
    dirty date[];
BEGIN
    SELECT bars_business_date(moment - interval '2 hours', one.time_zone, one.closing_hour) - 1 INTO ended
    FROM bars_bar AS one WHERE one.id = bar;
    WITH gone AS (
        DELETE FROM stats_dirtyday WHERE view = 'top_products_by_period' AND bar_id = bar RETURNING business_date
    )
    SELECT coalesce(array_agg(DISTINCT gone.business_date) FILTER (WHERE gone.business_date <= counted), '{}')
    INTO dirty FROM gone;
    DELETE FROM top_products_by_period AS kept
    WHERE kept.bar_id = bar AND (kept.business_date > counted OR kept.business_date = ANY(dirty));
    INSERT INTO top_products_by_period (bar_id, business_date, product_id, quantity, revenue, returned, refunds, cost)
    SELECT bar, sold.business_date, sold.product_id, sold.quantity, sold.revenue, sold.returned, sold.refunds,
           sold.cost
    FROM (
        SELECT counted + 1 AS first, ended AS last
        UNION ALL
        SELECT day, day FROM unnest(dirty) AS day
    ) AS span
    CROSS JOIN LATERAL sales_products_sold(bar, span.first, span.last) AS sold;
END $$;

-- What each product has brought on each business date, right at any moment: finished days from the table, others from
-- the sales themselves.
CREATE FUNCTION stats_product_days(bar uuid, since date, until date)
RETURNS TABLE (business_date date, product_id uuid, quantity bigint, revenue bigint, returned bigint, refunds bigint,
              cost numeric)
LANGUAGE sql STABLE AS $$
    SELECT kept.business_date, kept.product_id, kept.quantity, kept.revenue, kept.returned, kept.refunds,
           kept.cost
    FROM top_products_by_period AS kept
    WHERE kept.bar_id = bar
      AND kept.business_date BETWEEN since AND least(until, (SELECT stats_counted_until('top_products_by_period', bar)))
      AND NOT EXISTS (
          SELECT FROM stats_dirtyday AS dirty
          WHERE (dirty.bar_id, dirty.business_date, dirty.view) = (bar, kept.business_date, 'top_products_by_period')
      )
    UNION ALL
    SELECT sold.business_date, sold.product_id, sold.quantity, sold.revenue, sold.returned, sold.refunds,
           sold.cost
    FROM stats_live_days('top_products_by_period', bar, since, until) AS live
    CROSS JOIN LATERAL sales_products_sold(bar, live.first, live.last) AS sold
$$;
