-- Each product over the last 30 business dates that top_products_by_period has counted, or over those since it is known.
CREATE MATERIALIZED VIEW product_sales_stats AS
WITH span AS MATERIALIZED (
    SELECT bar.id AS bar_id, bar.time_zone, bar.closing_hour, stats_counted_until('top_products_by_period', bar.id) AS last
    FROM bars_bar AS bar
), sold AS MATERIALIZED (
    SELECT kept.product_id, sum(kept.quantity) AS quantity, sum(kept.revenue) AS revenue, sum(kept.returned) AS returned,
           sum(kept.refunds) AS refunds, count(*) FILTER (WHERE kept.quantity > 0) AS days, min(kept.business_date) AS first
    FROM span
    JOIN top_products_by_period AS kept
        ON kept.bar_id = span.bar_id AND kept.business_date BETWEEN span.last - 29 AND span.last
    WHERE isfinite(span.last)
    GROUP BY kept.product_id
)
SELECT product.id AS product_id, product.bar_id, span.last AS until, known.days,
       coalesce(sold.quantity, 0)::bigint AS quantity, coalesce(sold.revenue, 0)::bigint AS revenue,
       coalesce(sold.returned, 0)::bigint AS returned, coalesce(sold.refunds, 0)::bigint AS refunds,
       (known.days - coalesce(sold.days, 0))::integer AS days_without_sale,
       coalesce(round((sold.quantity - sold.returned) / nullif(known.days, 0), 4), 0) AS daily_mean,
       (
           SELECT max(ever.business_date) FROM top_products_by_period AS ever
           WHERE ever.product_id = product.id AND ever.quantity > 0
       ) AS last_sale_on
FROM stock_product AS product
JOIN span ON span.bar_id = product.bar_id
LEFT JOIN sold ON sold.product_id = product.id
CROSS JOIN LATERAL (
    SELECT greatest(0, least(30, span.last + 1 - least(
        sold.first,
        bars_business_date(uuid_extract_timestamp(product.id), span.time_zone, span.closing_hour)
    ))) AS days
) AS known
WHERE isfinite(span.last);

CREATE UNIQUE INDEX product_sales_stats_key ON product_sales_stats (product_id);
CREATE INDEX product_sales_stats_of_bar ON product_sales_stats (bar_id);
