-- As in books_v1.sql, but a sale is looked up by its id alone, whatever else the planner believes. A session plans these
-- once; a plan that was made while the bars had few sales read all of them ever after, for each sale, with the shelf
-- locked. OFFSET 0 keeps the conditions on a sale out of the choice of its index.
CREATE OR REPLACE FUNCTION sales_filled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wrong uuid;
BEGIN
    SELECT sale.id INTO wrong
    FROM (SELECT DISTINCT sale_id FROM added) AS filled
    CROSS JOIN LATERAL (SELECT * FROM sales_sale WHERE id = filled.sale_id OFFSET 0) AS sale
    CROSS JOIN LATERAL (
        SELECT sum(line.quantity * line.unit_price) AS total,
               string_agg(line.product_id || ':' || line.quantity, ',' ORDER BY line.product_id) AS listed
        FROM sales_line AS line
        WHERE line.sale_id = filled.sale_id
    ) AS lines
    WHERE sale.total <> lines.total - sale.discount OR sale.fingerprint <> sales_fingerprint(sale, lines.listed)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the lines of sale % are not those it was made with', wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_sale_is_the_sum_of_its_lines';
    END IF;
    INSERT INTO stock_movement (bar_id, product_id, quantity, cause, cause_id, created_by_id)
    SELECT line.bar_id, line.product_id, -line.quantity, 'sale', line.sale_id, sale.created_by_id
    FROM added AS line
    CROSS JOIN LATERAL (SELECT status, created_by_id FROM sales_sale WHERE id = line.sale_id OFFSET 0) AS sale
    WHERE sale.status = 'validated';
    PERFORM stock_hold(array_agg(line.product_id), array_agg(line.quantity::bigint))
    FROM added AS line
    CROSS JOIN LATERAL (SELECT status FROM sales_sale WHERE id = line.sale_id OFFSET 0) AS sale
    WHERE sale.status = 'pending'
    HAVING count(*) > 0;
    RETURN NULL;
END $$;
