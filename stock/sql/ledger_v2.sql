-- As in ledger_v1.sql, and the shelf is locked here alone, as late as can be: after all rows of a document are written.

-- Locks products in the order of their ids, so that no two documents wait for each other. Who sells asks for its turn
-- (stock.queue is the bar, see sales/services/recording.py): then those who sell queue for the bar's shelf as a whole.
-- Waiting for one product after the other, each would hand the shelf on by as many awakenings, and who waits for a row
-- is overtaken whenever it changes. Who has its turn waits for no row: one that somebody else holds (a supply, psql)
-- refuses it at once, and the queue goes on.
CREATE FUNCTION stock_lock(products uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    queue CONSTANT text := coalesce(current_setting('stock.queue', true), '');
    locked integer;
BEGIN
    IF queue = '' THEN
        PERFORM FROM stock_product WHERE id = ANY(products) ORDER BY id FOR NO KEY UPDATE;
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('shelf ' || queue, 0));
    PERFORM FROM stock_product WHERE id = ANY(products) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED;
    GET DIAGNOSTICS locked = ROW_COUNT;
    IF locked < cardinality(products) AND locked < (SELECT count(DISTINCT one) FROM unnest(products) AS one) THEN
        RAISE EXCEPTION 'somebody else holds a product of bar %', queue
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_seller_in_turn_waits_for_no_product';
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION stock_lock FROM PUBLIC;

CREATE OR REPLACE FUNCTION stock_move() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM stock_lock(ARRAY(SELECT product_id FROM added));
    UPDATE stock_product AS product SET stock = product.stock + moved.quantity
    FROM (SELECT product_id, sum(quantity) AS quantity FROM added GROUP BY product_id) AS moved
    WHERE product.id = moved.product_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION stock_hold(products uuid[], changes bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM stock_lock(products);
    UPDATE stock_product AS product SET reserved = product.reserved + held.change
    FROM (
        SELECT one.product, sum(one.change) AS change
        FROM unnest(products, changes) AS one (product, change)
        GROUP BY one.product HAVING sum(one.change) <> 0
    ) AS held
    WHERE product.id = held.product;
END $$;

-- Refuses what was judged by a look at the shelf that is outdated: by another price, name, cost or whether a product is
-- sold. Call with the products taken, that is locked; of those that were short, none is taken: `short` says which.
CREATE FUNCTION stock_check_judged(
    bar uuid, products uuid[], names text[], prices bigint[], costs numeric[], active boolean[], short integer[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM unnest(products, names, prices, costs, active, short)
            AS judged (id, name, price, cost, is_active, short)
        LEFT JOIN stock_product AS product ON product.id = judged.id AND product.bar_id = bar
        WHERE (product.name, product.price, product.cost, product.is_active)
              IS DISTINCT FROM (judged.name, judged.price, judged.cost, judged.is_active)
           OR product.stock - product.reserved >= judged.short
    ) THEN
        RAISE EXCEPTION 'the shelf of bar % is not what it was', bar
            USING ERRCODE = 'check_violation', CONSTRAINT = 'the_shelf_is_as_it_was_judged';
    END IF;
END $$;

-- Not while the shelf isn't ours: to check a product that another transaction has locked makes a list of its lockers.
ALTER TABLE stock_movement ALTER CONSTRAINT stock_movement_product_id_in_bar DEFERRABLE INITIALLY DEFERRED;

-- Stock changes with each sale and no index holds it, so a new version of a row stays on its page, if there is room.
ALTER TABLE stock_product SET (fillfactor = 50);
