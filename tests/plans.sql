-- 100 bars with 100,000 sales between them, half of them the first bar's: one statement a table, triggers off.

CREATE TEMP TABLE cast_bar AS
    SELECT uuidv7() AS bar, uuidv7() AS category, uuidv7() AS owner, uuidv7() AS waiter, n FROM generate_series(1, 100) AS n;
INSERT INTO bars_bar (id, name, slug, currency, time_zone, closing_hour, mode, address, phone, is_active, offline_hours,
                      discount_limit, consignment_days, created_at)
    SELECT bar, 'Bar ' || n, 'plan-' || n, 'XOF', 'Africa/Abidjan', 6, 'full', '', '', true, 72, 20, 7, now() FROM cast_bar;
INSERT INTO bars_user (id, username, password, first_name, last_name, email, is_superuser, is_staff, is_active, date_joined)
    SELECT person.id, person.name, '', '', '', '', false, false, true, now()
    FROM cast_bar, LATERAL (VALUES (owner, 'owner' || n), (waiter, 'waiter' || n)) AS person (id, name);
INSERT INTO bars_member (bar_id, user_id, role, is_active, created_at)
    SELECT bar, person.id, person.role, true, now()
    FROM cast_bar, LATERAL (VALUES (owner, 'owner'), (waiter, 'waiter')) AS person (id, role);
INSERT INTO stock_category (id, bar_id, name, position) SELECT category, bar, 'Boissons', 0 FROM cast_bar;
INSERT INTO stock_product (bar_id, category_id, name, sku, price, cost, stock, reserved, alert_threshold, is_active)
    SELECT bar, category, 'Drink ' || item, '', 1000, 500, 100, 0, 6, item <= 30 FROM cast_bar, generate_series(1, 300) AS item;
CREATE TEMP TABLE cast_product AS
    SELECT id, bar_id, row_number() OVER (PARTITION BY bar_id ORDER BY id) AS n FROM stock_product;
INSERT INTO sales_tab (bar_id, key, business_date, number, name, opened_as, status, opened_by_id, opened_at, settled_at)
    SELECT bar, gen_random_uuid(), current_date, number, 'Table ' || number, 'Table ' || number,
           CASE WHEN number < 4 THEN 'open' ELSE 'settled' END,
           owner, now() - number * interval '1 day', CASE WHEN number < 4 THEN NULL ELSE now() END
    FROM cast_bar, generate_series(1, 100) AS number;
INSERT INTO sales_sale (id, bar_id, key, fingerprint, status, mode, origin, payment, reference, to_verify, client, paid_with, paid_on,
                        discount, total, currency, sold_by_id, created_by_id, occurred_at, received_at, business_date,
                        review, reason)
    SELECT uuidv7(), bar, gen_random_uuid(), md5(one.n::text), one.status, 'full', 'online', one.payment, '',
           one.n % 997 = 0 AND one.payment = 'mobile_money', 'Ama', one.paid_with,
           CASE WHEN one.paid_with IS NOT NULL THEN one.at::date END, 0, 2000, 'XOF',
           CASE one.n % 10 WHEN 0 THEN waiter ELSE owner END, owner, one.at, one.at, one.at::date,
           CASE one.status WHEN 'needs_review' THEN '{"time": "strange"}'::jsonb END, ''
    FROM (
        SELECT n, now() - n * interval '300 seconds' AS at,
               CASE WHEN n % 301 = 0 THEN 'pending' WHEN n % 500 = 1 THEN 'needs_review' ELSE 'validated' END AS status,
               CASE n % 20 WHEN 7 THEN 'mobile_money' WHEN 9 THEN 'credit' ELSE 'cash' END AS payment,
               CASE n % 20 WHEN 7 THEN 'mobile_money' WHEN 9 THEN NULL ELSE 'cash' END AS paid_with
        FROM generate_series(1, 100000) AS n
    ) AS one
    JOIN cast_bar ON cast_bar.n = 1 + CASE one.n % 2 WHEN 0 THEN 0 ELSE one.n % 100 END;
INSERT INTO sales_line (bar_id, sale_id, product_id, name, unit_price, unit_cost, quantity)
    SELECT sale.bar_id, sale.id, product.id, 'Drink', 1000, 500, 2
    FROM sales_sale AS sale
    JOIN cast_product AS product ON product.bar_id = sale.bar_id
        AND product.n = 1 + abs(hashtext(sale.key::text)) % 30;
INSERT INTO stock_movement (bar_id, product_id, quantity, cause, cause_id, created_by_id)
    SELECT line.bar_id, line.product_id, -2, 'sale', line.sale_id, cast_bar.owner
    FROM sales_line AS line JOIN cast_bar ON cast_bar.bar = line.bar_id;
INSERT INTO sales_return (bar_id, key, sale_id, line_id, quantity, reason, note, status, refunds, restocks, refund,
                          created_by_id)
    SELECT line.bar_id, gen_random_uuid(), line.sale_id, line.id, 1, 'wrong_item', '', 'pending', true, true, 0,
           cast_bar.owner
    FROM sales_line AS line JOIN cast_bar ON cast_bar.bar = line.bar_id
    WHERE abs(hashtext(line.id::text)) % 30 = 0;
INSERT INTO stock_price (bar_id, product_id, price, since)
    SELECT bar_id, id, 1000, now() - step * interval '1 day' FROM stock_product, generate_series(1, 5) AS step;
INSERT INTO sales_consignment (bar_id, key, sale_id, line_id, client, phone, quantity, claimed, status, expires_at, created_by_id)
    SELECT line.bar_id, gen_random_uuid(), line.sale_id, line.id, 'Ama', '', 2,
           CASE WHEN line.is_kept THEN 0 ELSE 2 END, CASE WHEN line.is_kept THEN 'active' ELSE 'claimed' END,
           now() + interval '7 days', cast_bar.owner
    FROM (SELECT *, abs(hashtext(id::text)) % 300 = 1 AS is_kept FROM sales_line) AS line
    JOIN cast_bar ON cast_bar.bar = line.bar_id
    WHERE abs(hashtext(line.id::text)) % 30 = 1;
INSERT INTO sales_settlement (bar_id, key, payment, reference, amount, business_date, created_by_id)
    SELECT bar, gen_random_uuid(), 'cash', '', 1000, current_date - n_th / 3, owner FROM cast_bar, generate_series(1, 300) AS n_th;
INSERT INTO sales_expense (bar_id, key, category, amount, payment, note, business_date, created_by_id, void_reason)
    SELECT bar, gen_random_uuid(), 'water', 500, 'cash', '', current_date - n_th / 3, owner, ''
    FROM cast_bar, generate_series(1, 300) AS n_th;
INSERT INTO stock_supply (bar_id, key, product_id, lots, lot_size, lot_price, payment, note, business_date, created_by_id)
    SELECT bar, gen_random_uuid(), product.id, 1, 12, 6000, 'cash', '', current_date - n_th / 3, owner
    FROM cast_bar JOIN cast_product AS product ON product.bar_id = bar AND product.n = 1, generate_series(1, 300) AS n_th;
INSERT INTO stock_stockcount (bar_id, status, opened_by_id, decided_by_id, decided_at)
    SELECT bar, CASE WHEN n_th = 1 THEN 'open' ELSE 'applied' END, owner,
           CASE WHEN n_th > 1 THEN owner END, CASE WHEN n_th > 1 THEN now() END
    FROM cast_bar, generate_series(1, 20) AS n_th WHERE n <= 3;
INSERT INTO stock_countentry (bar_id, count_id, product_id, counted_by_id, key, quantity, stock_then)
    SELECT sheet.bar_id, sheet.id, product.id, sheet.opened_by_id, gen_random_uuid(), 100, 100
    FROM stock_stockcount AS sheet JOIN cast_product AS product ON product.bar_id = sheet.bar_id;
INSERT INTO bars_change (bar_id, kind, name, role, was, became)
    SELECT bar, 'bar', '', 'x', '{"discount_limit": 20}', '{"discount_limit": 10}' FROM cast_bar, generate_series(1, 300);
