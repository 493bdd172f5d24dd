-- The ledger moves the stock. A product's stock and reserved have no other writer: a document (sale, supply,
-- adjustment, ...) adds a movement by its own trigger, and the movement changes the stock by the trigger below.
-- The functions run as the owner of the database, because the application's role may not write these columns.

-- Products are always locked in the order of their ids, so that no two baskets wait for each other.
CREATE FUNCTION stock_move() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM stock_product WHERE id IN (SELECT product_id FROM added) ORDER BY id FOR NO KEY UPDATE;
    UPDATE stock_product AS product SET stock = product.stock + moved.quantity
    FROM (SELECT product_id, sum(quantity) AS quantity FROM added GROUP BY product_id) AS moved
    WHERE product.id = moved.product_id;
    RETURN NULL;
END $$;
CREATE TRIGGER stock_moves_by_the_ledger AFTER INSERT ON stock_movement
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION stock_move();

-- Promise so much more (or less) of these products. For the triggers of documents that hold stock.
CREATE FUNCTION stock_hold(products uuid[], changes bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM stock_product WHERE id = ANY(products) ORDER BY id FOR NO KEY UPDATE;
    UPDATE stock_product AS product SET reserved = product.reserved + held.change
    FROM (
        SELECT one.product, sum(one.change) AS change
        FROM unnest(products, changes) AS one (product, change)
        GROUP BY one.product HAVING sum(one.change) <> 0
    ) AS held
    WHERE product.id = held.product;
END $$;
REVOKE EXECUTE ON FUNCTION stock_hold FROM PUBLIC;

CREATE FUNCTION stock_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER stock_starts_at_nothing BEFORE INSERT ON stock_product FOR EACH ROW
WHEN (NEW.stock <> 0 OR NEW.reserved <> 0)
EXECUTE FUNCTION stock_refuse('a new product has no stock: an opening movement brings it');

CREATE TRIGGER stock_is_moved_by_documents BEFORE UPDATE ON stock_product FOR EACH ROW
WHEN (pg_trigger_depth() = 0 AND (NEW.stock, NEW.reserved) IS DISTINCT FROM (OLD.stock, OLD.reserved))
EXECUTE FUNCTION stock_refuse('stock is changed by documents alone: adjust it, with a reason');

CREATE TRIGGER movements_come_from_documents BEFORE INSERT ON stock_movement FOR EACH ROW
WHEN (pg_trigger_depth() = 0 AND NEW.cause <> 'opening')
EXECUTE FUNCTION stock_refuse('a movement comes from its document: write that');

-- Documents of this app.

CREATE FUNCTION stock_supplied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.reverses_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM stock_supply AS first
        WHERE first.id = NEW.reverses_id AND first.bar_id = NEW.bar_id AND first.reverses_id IS NULL
          AND (first.product_id, -first.lots, first.lot_size, first.lot_price, first.payment)
              = (NEW.product_id, NEW.lots, NEW.lot_size, NEW.lot_price, NEW.payment)
    ) THEN
        RAISE EXCEPTION 'supply % does not mirror what it reverses', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_reversal_mirrors_its_supply';
    END IF;
    INSERT INTO stock_movement (bar_id, product_id, quantity, cause, cause_id, created_by_id)
    VALUES (NEW.bar_id, NEW.product_id, NEW.lots * NEW.lot_size, 'supply', NEW.id, NEW.created_by_id);
    RETURN NULL;
END $$;
CREATE TRIGGER supply_moves_stock AFTER INSERT ON stock_supply FOR EACH ROW EXECUTE FUNCTION stock_supplied();

CREATE FUNCTION stock_adjusted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added JOIN stock_stockcount AS sheet ON sheet.id = added.count_id WHERE sheet.status <> 'open') THEN
        RAISE EXCEPTION 'a stock count is applied once, while it is open'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'only_an_open_sheet_is_applied';
    END IF;
    INSERT INTO stock_movement (bar_id, product_id, quantity, cause, cause_id, created_by_id)
    SELECT bar_id, product_id, quantity, 'adjustment', id, created_by_id FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER adjustment_moves_stock AFTER INSERT ON stock_adjustment
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION stock_adjusted();

-- By hand and not by pgtrigger, whose triggers a session can switch off.
CREATE TRIGGER a_count_is_decided_for_good BEFORE UPDATE ON stock_stockcount FOR EACH ROW
WHEN (OLD.status <> 'open') EXECUTE FUNCTION stock_refuse('a stock count that was decided stays as it is');

-- Only an open sheet is written on.
CREATE FUNCTION stock_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM stock_stockcount WHERE id = NEW.count_id AND status = 'open' FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'stock count % is not open', NEW.count_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'only_an_open_sheet_is_written_on';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER only_an_open_sheet_is_written_on BEFORE INSERT ON stock_countentry
FOR EACH ROW EXECUTE FUNCTION stock_counted();

-- The business date of what is received, and what a unit cost until then, are the server's.
CREATE FUNCTION stock_supply_dated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM bars_open_books(NEW.bar_id);
    SELECT bars_business_date(NEW.created_at, bar.time_zone, bar.closing_hour) INTO NEW.business_date
    FROM bars_bar AS bar WHERE bar.id = NEW.bar_id;
    SELECT product.cost INTO NEW.cost_before
    FROM stock_product AS product WHERE product.id = NEW.product_id FOR NO KEY UPDATE;
    RETURN NEW;
END $$;
CREATE TRIGGER a_supply_has_its_business_date BEFORE INSERT ON stock_supply
FOR EACH ROW EXECUTE FUNCTION stock_supply_dated();

-- The history of prices.
CREATE FUNCTION stock_priced() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO stock_price (bar_id, product_id, price, since) VALUES (NEW.bar_id, NEW.id, NEW.price, clock_timestamp());
    RETURN NULL;
END $$;
CREATE TRIGGER first_price_is_kept AFTER INSERT ON stock_product FOR EACH ROW EXECUTE FUNCTION stock_priced();
CREATE TRIGGER new_price_is_kept AFTER UPDATE ON stock_product FOR EACH ROW
WHEN (OLD.price <> NEW.price) EXECUTE FUNCTION stock_priced();

INSERT INTO stock_price (bar_id, product_id, price, since) SELECT bar_id, id, price, now() FROM stock_product;
