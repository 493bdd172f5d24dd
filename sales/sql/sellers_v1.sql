-- What each who has the credit for sales has brought on some business dates. Refunds given on them are taken off who has sold
-- what came back, whenever that was: over all sellers, gross less refunds is the bar's revenue, to the unit.
CREATE FUNCTION sales_sellers(bar uuid, since date, until date)
RETURNS TABLE (seller_id uuid, sales bigint, gross bigint, refunds bigint, discounts bigint, cancelled bigint)
LANGUAGE sql STABLE AS $$
    SELECT one.sold_by_id, sum(one.sales)::bigint, sum(one.gross)::bigint, sum(one.refunds)::bigint,
           sum(one.discounts)::bigint, sum(one.cancelled)::bigint
    FROM (
        SELECT sold_by_id, count(*) AS sales, sum(total) AS gross, 0 AS refunds, sum(discount) AS discounts, 0 AS cancelled
        FROM sales_sale
        WHERE bar_id = bar AND business_date BETWEEN since AND until AND status = 'validated'
        GROUP BY sold_by_id
        UNION ALL
        SELECT sale.sold_by_id, 0, 0, sum(back.refund), 0, 0
        FROM sales_return AS back JOIN sales_sale AS sale ON sale.id = back.sale_id
        WHERE back.bar_id = bar AND back.business_date BETWEEN since AND until
          AND back.status IN ('approved', 'restocked') AND back.refund > 0
        GROUP BY sale.sold_by_id
        UNION ALL  -- found by the moment, which the index knows: a business date strays less than two days from UTC's
        SELECT sold_by_id, 0, 0, 0, 0, count(*)
        FROM sales_sale
        WHERE bar_id = bar AND business_date BETWEEN since AND until AND status = 'cancelled'
          AND occurred_at BETWEEN since - interval '2 days' AND until + interval '3 days'
        GROUP BY sold_by_id
    ) AS one
    GROUP BY one.sold_by_id
$$;
