-- The figures of a bar's running business date (docs/figures.md), money in minor units of `currency`. Lists are short: the
-- newest 8 sales, the 8 lowest products, the best 5, the first 8 of the team.
-- In plpgsql, whose plan a connection keeps: planning takes longer than reading does.
CREATE FUNCTION stats_tonight(asked uuid) RETURNS json LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    bar bars_bar;
    today date;
BEGIN
    SELECT * INTO bar FROM bars_bar WHERE id = asked;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    today := bars_business_date(now(), bar.time_zone, bar.closing_hour);
    RETURN (
        SELECT json_build_object(
            'business_date', today, 'currency', bar.currency,
            'revenue', roll.revenue, 'sales', roll.sales, 'refunds', roll.refunds,
            'pending', json_build_object('count', pending.count, 'total', pending.total),
            'needs_review', json_build_object('count', review.count, 'total', review.total),
            'open_tabs', json_build_object('count', open.tabs, 'total', open.owed),
            'last_sales', coalesce(latest.sales, '[]'), 'low_stock', coalesce(low.products, '[]'),
            'hours', curve.hours, 'top_products', coalesce(top.products, '[]'), 'sellers', coalesce(team.sellers, '[]')
        )
        FROM (
            SELECT coalesce(sum(revenue), 0)::bigint AS revenue, coalesce(sum(sales), 0)::integer AS sales,
                   coalesce(sum(refunds), 0)::bigint AS refunds
            FROM stats_salesminute WHERE bar_id = asked AND business_date = today
        ) AS roll
        CROSS JOIN (
            SELECT count(*) AS count, coalesce(sum(total), 0)::bigint AS total
            FROM sales_sale WHERE bar_id = asked AND status = 'pending'
        ) AS pending
        CROSS JOIN (
            SELECT count(*) AS count, coalesce(sum(total), 0)::bigint AS total
            FROM sales_sale WHERE bar_id = asked AND status = 'needs_review'
        ) AS review
        CROSS JOIN sales_open_tabs(asked) AS open
        CROSS JOIN (
            SELECT json_agg(json_build_object(
                'id', sale.id, 'at', sale.occurred_at, 'total', sale.total, 'status', sale.status,
                'seller', coalesce(nullif(person.first_name, ''), person.username),
                'lines', (SELECT string_agg(line.quantity || ' × ' || line.name, ', ' ORDER BY line.name)
                          FROM sales_line AS line WHERE line.sale_id = sale.id)
            ) ORDER BY sale.occurred_at DESC, sale.id DESC) AS sales
            FROM (
                SELECT id, occurred_at, total, status, sold_by_id
                FROM sales_sale WHERE bar_id = asked
                ORDER BY occurred_at DESC, id DESC LIMIT 8
            ) AS sale
            JOIN bars_user AS person ON person.id = sale.sold_by_id
        ) AS latest
        CROSS JOIN (
            SELECT json_agg(json_build_object(
                'product', product.id, 'name', product.name,
                'available', product.available, 'threshold', product.alert_threshold
            ) ORDER BY product.available, product.name, product.id) AS products
            FROM (
                SELECT id, name, stock - reserved AS available, alert_threshold
                FROM stock_product
                WHERE bar_id = asked AND is_active AND stock - reserved <= alert_threshold
                ORDER BY stock - reserved, name, id LIMIT 8
            ) AS product
        ) AS low
        CROSS JOIN (
            SELECT json_agg(
                json_build_array(hour, coalesce(tonight.revenue, 0), coalesce(before.revenue, 0))
                ORDER BY mod(hour - bar.closing_hour + 24, 24)
            ) AS hours
            FROM generate_series(0, 23) AS hour
            LEFT JOIN stats_hours(asked, bar.time_zone, today, today) AS tonight USING (hour)
            LEFT JOIN stats_hours(asked, bar.time_zone, today - 7, today - 7) AS before USING (hour)
        ) AS curve
        CROSS JOIN (
            SELECT json_agg(json_build_object(
                'product', one.id, 'name', one.name, 'quantity', one.quantity, 'revenue', one.revenue
            ) ORDER BY one.revenue DESC, one.quantity DESC, one.name, one.id) AS products
            FROM (
                SELECT product.id, product.name, sum(sold.quantity - sold.returned)::bigint AS quantity,
                       sum(sold.revenue - sold.refunds)::bigint AS revenue
                FROM sales_products_sold(asked, today, today) AS sold
                JOIN stock_product AS product ON product.id = sold.product_id
                GROUP BY product.id HAVING sum(sold.quantity - sold.returned) > 0
                ORDER BY revenue DESC, quantity DESC, product.name, product.id LIMIT 5
            ) AS one
        ) AS top
        CROSS JOIN (
            SELECT json_agg(json_build_object(
                'seller', one.seller_id, 'name', one.name, 'sales', one.sales, 'revenue', one.revenue
            ) ORDER BY one.revenue DESC, one.name, one.seller_id) AS sellers
            FROM (
                SELECT sold.seller_id, coalesce(nullif(person.first_name, ''), person.username) AS name, sold.sales,
                       sold.gross - sold.refunds AS revenue
                FROM sales_sellers(asked, today, today) AS sold
                JOIN bars_user AS person ON person.id = sold.seller_id
                WHERE sold.sales > 0 OR sold.refunds > 0
                ORDER BY revenue DESC, name, sold.seller_id LIMIT 8
            ) AS one
        ) AS team
    );
END $$;
