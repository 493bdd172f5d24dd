CREATE MATERIALIZED VIEW daily_sales_summary AS
SELECT bar_id, business_date, sum(sales)::integer AS sales, sum(revenue)::bigint AS revenue
FROM stats_salesminute
GROUP BY bar_id, business_date;

-- REFRESH … CONCURRENTLY needs a unique index without an expression.
CREATE UNIQUE INDEX daily_sales_summary_key ON daily_sales_summary (bar_id, business_date);
