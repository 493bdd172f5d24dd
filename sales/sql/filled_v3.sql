-- As in filled_v2.sql, in fewer statements: each costs more to begin than to do.
CREATE OR REPLACE FUNCTION sales_filled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    filled record;
BEGIN
    SELECT (array_agg(sale.id) FILTER (
               WHERE sale.total <> lines.total - sale.discount
               OR sale.fingerprint <> sales_fingerprint(sale, lines.listed)
           ))[1] AS wrong,
           bool_or(sale.status = 'validated') AS takes,
           bool_or(sale.status = 'pending') AS holds
    INTO filled
    FROM (SELECT DISTINCT sale_id FROM added) AS one
    CROSS JOIN LATERAL (SELECT * FROM sales_sale WHERE id = one.sale_id OFFSET 0) AS sale
    CROSS JOIN LATERAL (
        SELECT sum(line.quantity * line.unit_price) AS total,
               string_agg(line.product_id || ':' || line.quantity, ',' ORDER BY line.product_id) AS listed
        FROM sales_line AS line
        WHERE line.sale_id = one.sale_id
    ) AS lines;
    IF filled.wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the lines of sale % are not those it was made with', filled.wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_sale_is_the_sum_of_its_lines';
    END IF;
    IF filled.takes THEN
        INSERT INTO stock_movement (bar_id, product_id, quantity, cause, cause_id, created_by_id)
        SELECT line.bar_id, line.product_id, -line.quantity, 'sale', line.sale_id, sale.created_by_id
        FROM added AS line
        CROSS JOIN LATERAL (SELECT status, created_by_id FROM sales_sale WHERE id = line.sale_id OFFSET 0) AS sale
        WHERE sale.status = 'validated';
    END IF;
    IF filled.holds THEN
        PERFORM stock_hold(array_agg(line.product_id), array_agg(line.quantity::bigint))
        FROM added AS line
        CROSS JOIN LATERAL (SELECT status FROM sales_sale WHERE id = line.sale_id OFFSET 0) AS sale
        WHERE sale.status = 'pending';
    END IF;
    RETURN NULL;
END $$;

-- Writes the lines of a sale that this transaction has written (of another nothing), whose stock the trigger above takes
-- or holds, and refuses them where the shelf is not as it was judged: see stock_check_judged. One call, so that what
-- comes between the lock of the shelf and COMMIT needs no word from Python. Prices and costs are of one unit; `asked` is
-- what the shelf asks, which a sale made offline may not have paid.
CREATE FUNCTION sales_fill(
    sale uuid, products uuid[], quantities integer[], names text[], paid bigint[], costs numeric[],
    asked bigint[], active boolean[], short integer[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    bar uuid;
BEGIN
    SELECT written.bar_id INTO bar FROM sales_sale AS written WHERE written.id = sale;
    IF FOUND THEN
        INSERT INTO sales_line (bar_id, sale_id, product_id, quantity, name, unit_price, unit_cost)
        SELECT bar, sale, line.* FROM unnest(products, quantities, names, paid, costs) AS line;
        PERFORM stock_check_judged(bar, products, names, asked, costs, active, short);
    END IF;
END $$;

-- As of a movement (stock/sql/ledger_v2.sql).
ALTER TABLE sales_line ALTER CONSTRAINT sales_line_product_id_in_bar DEFERRABLE INITIALLY DEFERRED;
