-- What each product has brought on each business date. Of a sale with a discount each line has its share of the total,
-- rounded so that the shares add up to it: over all products, revenue less refunds is the bar's revenue, to the unit.
-- Refunds count on the date on which they were given; `returned` are the units that they were given for.
CREATE FUNCTION stats_products_sold(bar uuid, since date, until date)
RETURNS TABLE (business_date date, product_id uuid, quantity bigint, revenue bigint, returned bigint, refunds bigint)
LANGUAGE sql STABLE AS $$
    SELECT one.business_date, one.product_id, sum(one.quantity)::bigint, sum(one.revenue)::bigint,
           sum(one.returned)::bigint, sum(one.refunds)::bigint
    FROM (
        SELECT sale.business_date, line.product_id, line.quantity, line.quantity * line.unit_price AS revenue,
               0 AS returned, 0 AS refunds
        FROM sales_sale AS sale JOIN sales_line AS line ON line.sale_id = sale.id
        WHERE sale.bar_id = bar AND sale.business_date BETWEEN since AND until AND sale.status = 'validated'
          AND sale.discount = 0
        UNION ALL
        SELECT sale.business_date, line.product_id, line.quantity,
               sales_refund(
                   sale.total, sale.total + sale.discount,
                   (sum(line.quantity * line.unit_price) OVER so_far)::bigint - line.quantity * line.unit_price,
                   line.quantity * line.unit_price
               ), 0, 0
        FROM sales_sale AS sale JOIN sales_line AS line ON line.sale_id = sale.id
        WHERE sale.bar_id = bar AND sale.business_date BETWEEN since AND until AND sale.status = 'validated'
          AND sale.discount > 0
        WINDOW so_far AS (PARTITION BY sale.id ORDER BY line.product_id)
        UNION ALL
        SELECT back.business_date, line.product_id, 0, 0, back.quantity, back.refund
        FROM sales_return AS back JOIN sales_line AS line ON line.id = back.line_id
        WHERE back.bar_id = bar AND back.business_date BETWEEN since AND until
          AND back.status IN ('approved', 'restocked') AND back.refund > 0
    ) AS one
    GROUP BY one.business_date, one.product_id
$$;

-- Count anew the days of a bar that are marked, and those that have ended since the last refresh; call at READ COMMITTED.
-- A mark is taken away before the sales are read, so each that is gone stands for a sale that is seen.
CREATE FUNCTION stats_refresh_products(bar uuid, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
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
    INSERT INTO top_products_by_period (bar_id, business_date, product_id, quantity, revenue, returned, refunds)
    SELECT bar, sold.business_date, sold.product_id, sold.quantity, sold.revenue, sold.returned, sold.refunds
    FROM (
        SELECT counted + 1 AS first, ended AS last
        UNION ALL
        SELECT day, day FROM unnest(dirty) AS day
    ) AS span
    CROSS JOIN LATERAL stats_products_sold(bar, span.first, span.last) AS sold;
END $$;

-- What each product has brought on each business date, right at any moment: finished days from the table, others from
-- the sales themselves.
CREATE FUNCTION stats_product_days(bar uuid, since date, until date)
RETURNS TABLE (business_date date, product_id uuid, quantity bigint, revenue bigint, returned bigint, refunds bigint)
LANGUAGE sql STABLE AS $$
    SELECT kept.business_date, kept.product_id, kept.quantity, kept.revenue, kept.returned, kept.refunds
    FROM top_products_by_period AS kept
    WHERE kept.bar_id = bar
      AND kept.business_date BETWEEN since AND least(until, (SELECT stats_counted_until('top_products_by_period', bar)))
      AND NOT EXISTS (
          SELECT FROM stats_dirtyday AS dirty
          WHERE (dirty.bar_id, dirty.business_date, dirty.view) = (bar, kept.business_date, 'top_products_by_period')
      )
    UNION ALL
    SELECT sold.business_date, sold.product_id, sold.quantity, sold.revenue, sold.returned, sold.refunds
    FROM stats_live_days('top_products_by_period', bar, since, until) AS live
    CROSS JOIN LATERAL stats_products_sold(bar, live.first, live.last) AS sold
$$;
