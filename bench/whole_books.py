"""What bench/millions_fill.py leaves out, so that its books hold every invariant: who restores them checks all.

Written as there, by the superuser without triggers. Events are left out: only those of the last days are kept anyway.
"""

# A cancelled sale was validated first; an expired or a rejected one had waited.
DECISIONS = """
INSERT INTO sales_decision (id, bar_id, sale_id, was, became, reason, decided_by_id, decided_at)
SELECT uuidv7(at - now()), bar_id, id, CASE status WHEN 'cancelled' THEN 'validated' ELSE 'pending' END, status, reason,
       decided_by_id, at
FROM sales_sale CROSS JOIN LATERAL (SELECT coalesce(decided_at, occurred_at + interval '12 hours') AS at) AS decided
WHERE status IN ('cancelled', 'expired', 'rejected');
UPDATE sales_sale AS sale SET fingerprint = sales_fingerprint(sale, lines.listed)
FROM (
    SELECT sale_id, string_agg(product_id || ':' || quantity, ',' ORDER BY product_id) AS listed
    FROM sales_line GROUP BY sale_id
) AS lines
WHERE lines.sale_id = sale.id
"""
MOVEMENTS = """
INSERT INTO stock_movement (id, bar_id, product_id, quantity, cause, cause_id, created_at, created_by_id)
SELECT uuidv7(at - now()), bar_id, product_id, quantity, cause, cause_id, at, created_by_id
FROM (
    SELECT sale.occurred_at AS at, sale.bar_id, line.product_id, -line.quantity::integer AS quantity, 'sale' AS cause,
           sale.id AS cause_id, sale.created_by_id
    FROM sales_sale AS sale JOIN sales_line AS line ON line.sale_id = sale.id
    WHERE sale.status IN ('validated', 'cancelled')
    UNION ALL
    SELECT sale.decided_at, sale.bar_id, line.product_id, line.quantity, 'cancel', sale.id, sale.decided_by_id
    FROM sales_sale AS sale JOIN sales_line AS line ON line.sale_id = sale.id
    WHERE sale.status = 'cancelled'
) AS moved
ORDER BY at
"""
# What was sold of it lay on the shelf from the beginning.
SHELF = """
UPDATE stock_product AS product SET reserved = held.quantity, stock = greatest(product.stock, held.quantity)
FROM (
    SELECT line.product_id, sum(line.quantity) AS quantity
    FROM sales_line AS line JOIN sales_sale AS sale ON sale.id = line.sale_id
    WHERE sale.status = 'pending' GROUP BY 1
) AS held
WHERE held.product_id = product.id;
INSERT INTO stock_movement (id, bar_id, product_id, quantity, cause, cause_id, created_at, created_by_id)
SELECT uuidv7(interval '-500 days'), product.bar_id, product.id, product.stock - coalesce(moved.quantity, 0), 'opening',
       product.id, now() - interval '500 days', bar.sellers[1]
FROM stock_product AS product
JOIN bench_bar AS bar ON bar.bar = product.bar_id
LEFT JOIN (SELECT product_id, sum(quantity) AS quantity FROM stock_movement GROUP BY 1) AS moved
    ON moved.product_id = product.id;
INSERT INTO stock_price (id, bar_id, product_id, price, since)
SELECT uuidv7(interval '-500 days'), bar_id, id, price, now() - interval '500 days' FROM stock_product;
VACUUM (ANALYZE)
"""


def make_whole() -> None:
    from bench.millions_fill import Superuser, load_table

    server = Superuser()
    with server.loading():
        server.run(DECISIONS)
        load_table(server, "stock_movement", MOVEMENTS, {})
        server.run(SHELF)
