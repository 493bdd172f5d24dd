-- The life of a sale and of what hangs on it, kept true whoever writes: the service, the admin, or psql.
-- Effects on stock follow from a document's status by the triggers here; services only check, under lock, first.

-- What makes two requests with one key the same: who sells, how it is paid, and so many of each product.
CREATE FUNCTION sales_fingerprint(sale sales_sale, lines text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(sha256(convert_to(
        concat_ws(chr(31), sale.sold_by_id::text, sale.created_by_id::text, sale.payment,
                  coalesce(sale.tab_id::text, ''), sale.discount::text, sale.client, sale.reference, lines), 'UTF8')), 'hex')
$$;

-- Sales

-- Currency and business date are the bar's, under the lock that keeps both from changing meanwhile.
CREATE FUNCTION sales_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM bars_open_books(NEW.bar_id);
    SELECT bar.currency, bars_business_date(NEW.occurred_at, bar.time_zone, bar.closing_hour)
    INTO NEW.currency, NEW.business_date
    FROM bars_bar AS bar WHERE bar.id = NEW.bar_id;
    IF NEW.status NOT IN ('pending', 'validated', 'needs_review') THEN
        RAISE EXCEPTION 'a sale is not born %', NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_sale_goes_the_way_of_its_life';
    END IF;
    NEW.paid_on := CASE WHEN NEW.paid_with IS NOT NULL THEN NEW.business_date END;
    IF NEW.tab_id IS NOT NULL AND NEW.status <> 'needs_review' THEN  -- a phone without network can't know
        PERFORM FROM sales_tab WHERE id = NEW.tab_id AND status = 'open' FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'tab % is not open', NEW.tab_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'a_sale_goes_on_an_open_tab';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_sale_has_the_terms_of_its_bar BEFORE INSERT ON sales_sale
FOR EACH ROW EXECUTE FUNCTION sales_born();

CREATE FUNCTION sales_decided() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (OLD.status, NEW.status) NOT IN (
        ('pending', 'validated'), ('pending', 'rejected'), ('pending', 'expired'), ('validated', 'cancelled'),
        ('needs_review', 'validated'), ('needs_review', 'rejected'), ('expired', 'validated')
    ) THEN
        RAISE EXCEPTION 'a sale does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_sale_goes_the_way_of_its_life';
    END IF;
    IF NEW.status <> 'expired' AND NEW.decided_by_id IS NULL THEN
        RAISE EXCEPTION 'nobody has decided about sale %', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_sale_is_decided_by_somebody';
    END IF;
    IF NEW.status = 'cancelled' AND (
        EXISTS (SELECT FROM sales_return WHERE sale_id = NEW.id AND status <> 'rejected')
        OR EXISTS (SELECT FROM sales_consignment WHERE sale_id = NEW.id)
    ) THEN
        RAISE EXCEPTION 'sale % has a return or a consignment', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'what_hangs_on_a_sale_keeps_it';
    END IF;
    IF NEW.status = 'cancelled' AND NEW.settlement_id IS NOT NULL THEN
        RAISE EXCEPTION 'sale % was paid with a tab or a credit', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_settled_sale_is_returned_not_cancelled';
    END IF;
    PERFORM bars_open_books(NEW.bar_id);
    NEW.decided_at := clock_timestamp();
    INSERT INTO sales_decision (bar_id, sale_id, was, became, reason, decided_by_id, decided_at)
    VALUES (NEW.bar_id, NEW.id, OLD.status, NEW.status, NEW.reason, NEW.decided_by_id, NEW.decided_at);
    RETURN NEW;
END $$;
CREATE TRIGGER a_sale_goes_the_way_of_its_life BEFORE UPDATE ON sales_sale
FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION sales_decided();

-- What was decided is not rewritten without another step, and a payment is verified once, by somebody.
CREATE TRIGGER a_decision_is_not_rewritten BEFORE UPDATE ON sales_sale FOR EACH ROW
WHEN (OLD.status = NEW.status
      AND (OLD.decided_by_id, OLD.decided_at, OLD.reason) IS DISTINCT FROM (NEW.decided_by_id, NEW.decided_at, NEW.reason))
EXECUTE FUNCTION stock_refuse('a decision about a sale stays as it was taken');

CREATE TRIGGER a_payment_is_verified_once BEFORE UPDATE ON sales_sale FOR EACH ROW
WHEN ((OLD.to_verify, OLD.verified_by_id) IS DISTINCT FROM (NEW.to_verify, NEW.verified_by_id)
      AND NOT (OLD.to_verify AND NOT NEW.to_verify AND NEW.verified_by_id IS NOT NULL))
EXECUTE FUNCTION stock_refuse('a payment is verified once, by somebody');

CREATE TRIGGER a_sale_is_settled_for_good BEFORE UPDATE ON sales_sale FOR EACH ROW
WHEN (OLD.settlement_id IS NOT NULL
      AND (OLD.settlement_id, OLD.paid_with, OLD.paid_on) IS DISTINCT FROM (NEW.settlement_id, NEW.paid_with, NEW.paid_on))
EXECUTE FUNCTION stock_refuse('how a sale was paid stays');

CREATE TRIGGER a_tab_is_settled_for_good BEFORE UPDATE ON sales_tab FOR EACH ROW
WHEN (OLD.status = 'settled') EXECUTE FUNCTION stock_refuse('a settled tab stays as it is');

CREATE TRIGGER a_consignment_ends_for_good BEFORE UPDATE ON sales_consignment FOR EACH ROW
WHEN (OLD.status <> 'active') EXECUTE FUNCTION stock_refuse('a consignment that has ended stays as it is');

-- What the figures of its sales mean: by hand and not by pgtrigger, whose triggers a session can switch off. It runs
-- as the owner, so that no sale is hidden from it.
CREATE FUNCTION sales_terms_stay() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM bars_hold_books(OLD.id);  -- no first sale is under way
    IF EXISTS (SELECT FROM sales_sale WHERE bar_id = OLD.id) THEN
        RAISE EXCEPTION 'bar % has sold: its currency, time zone and closing hour stay', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_bar_that_has_sold_keeps_its_terms';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_bar_that_has_sold_keeps_its_terms BEFORE UPDATE ON bars_bar FOR EACH ROW
WHEN ((OLD.currency, OLD.time_zone, OLD.closing_hour) IS DISTINCT FROM (NEW.currency, NEW.time_zone, NEW.closing_hour))
EXECUTE FUNCTION sales_terms_stay();

-- Lines come with their sale, in one statement: their sum is its total and their list is what the key stands for,
-- so none can be added later. A validated sale takes its stock, a pending one holds it.
CREATE FUNCTION sales_filled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wrong uuid;
BEGIN
    SELECT sale.id INTO wrong
    FROM (
        SELECT line.sale_id, sum(line.quantity * line.unit_price) AS total,
               string_agg(line.product_id || ':' || line.quantity, ',' ORDER BY line.product_id) AS listed
        FROM sales_line AS line
        WHERE line.sale_id IN (SELECT sale_id FROM added)
        GROUP BY line.sale_id
    ) AS lines
    JOIN sales_sale AS sale ON sale.id = lines.sale_id
    WHERE sale.total <> lines.total - sale.discount OR sale.fingerprint <> sales_fingerprint(sale, lines.listed)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the lines of sale % are not those it was made with', wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_sale_is_the_sum_of_its_lines';
    END IF;
    INSERT INTO stock_movement (bar_id, product_id, quantity, cause, cause_id, created_by_id)
    SELECT line.bar_id, line.product_id, -line.quantity, 'sale', sale.id, sale.created_by_id
    FROM added AS line JOIN sales_sale AS sale ON sale.id = line.sale_id
    WHERE sale.status = 'validated';
    PERFORM stock_hold(array_agg(line.product_id), array_agg(line.quantity::bigint))
    FROM added AS line JOIN sales_sale AS sale ON sale.id = line.sale_id
    WHERE sale.status = 'pending'
    HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER a_sale_is_the_sum_of_its_lines AFTER INSERT ON sales_line
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION sales_filled();

-- What a change of status does to the shelf. Holds go first: stock may not fall below what is held.
CREATE FUNCTION sales_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM stock_hold(array_agg(line.product_id), array_agg(-line.quantity::bigint))
    FROM before JOIN after USING (id) JOIN sales_line AS line ON line.sale_id = before.id
    WHERE before.status = 'pending' AND after.status <> 'pending'
    HAVING count(*) > 0;
    INSERT INTO stock_movement (bar_id, product_id, quantity, cause, cause_id, created_by_id)
    SELECT line.bar_id, line.product_id,
           CASE after.status WHEN 'validated' THEN -line.quantity ELSE line.quantity END,
           CASE after.status WHEN 'validated' THEN 'sale' ELSE 'cancel' END,
           after.id, after.decided_by_id
    FROM before JOIN after USING (id) JOIN sales_line AS line ON line.sale_id = before.id
    WHERE before.status <> after.status AND after.status IN ('validated', 'cancelled');
    RETURN NULL;
END $$;
CREATE TRIGGER a_decision_moves_stock AFTER UPDATE ON sales_sale
REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION sales_changed();

CREATE FUNCTION sales_is_filled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM sales_line WHERE sale_id = NEW.id) THEN
        RAISE EXCEPTION 'sale % has no line', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_sale_has_a_line';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER a_sale_has_a_line AFTER INSERT ON sales_sale
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sales_is_filled();

-- Returns and consignments: no more than was sold, counted while the sale is locked.

CREATE FUNCTION sales_left_of_line(line uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT sold.quantity
         - coalesce((SELECT sum(quantity) FROM sales_return WHERE line_id = sold.id AND sale_id = sold.sale_id AND status <> 'rejected'), 0)
         - coalesce((SELECT sum(quantity) FROM sales_consignment WHERE line_id = sold.id AND sale_id = sold.sale_id), 0)
    FROM sales_line AS sold WHERE sold.id = line
$$;

CREATE FUNCTION sales_comes_back() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    state text;
    paid text;
BEGIN
    PERFORM bars_open_books(NEW.bar_id);
    SELECT sale.status, sale.paid_with INTO state, paid
    FROM sales_sale AS sale JOIN sales_line AS line ON line.sale_id = sale.id
    WHERE sale.id = NEW.sale_id AND line.id = NEW.line_id FOR NO KEY UPDATE OF sale;
    IF state IS DISTINCT FROM 'validated' THEN
        RAISE EXCEPTION 'sale % is not validated, or has no such line', NEW.sale_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'only_what_was_sold_comes_back';
    END IF;
    IF TG_TABLE_NAME = 'sales_consignment' AND paid IS NULL THEN
        RAISE EXCEPTION 'sale % has not been paid', NEW.sale_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'only_what_was_paid_is_kept_for_a_client';
    END IF;
    IF NEW.quantity > sales_left_of_line(NEW.line_id) THEN
        RAISE EXCEPTION 'less than % is left of line %', NEW.quantity, NEW.line_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'no_more_comes_back_than_was_sold';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_more_comes_back_than_was_sold BEFORE INSERT ON sales_return
FOR EACH ROW EXECUTE FUNCTION sales_comes_back();
CREATE TRIGGER no_more_comes_back_than_was_sold BEFORE INSERT ON sales_consignment
FOR EACH ROW EXECUTE FUNCTION sales_comes_back();

-- What a client gets back for goods of this value, where goods of `before` were refunded already: their share of
-- what was paid. Rounded down over all that came back so far, so that a whole basket gives back exactly its total.
CREATE FUNCTION sales_refund(total bigint, gross bigint, before bigint, value bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE gross WHEN 0 THEN 0
               ELSE div(total::numeric * (before + value), gross) - div(total::numeric * before, gross) END::bigint
$$;

-- Call with the sale locked.
CREATE FUNCTION sales_refund_of(asked sales_return) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT sales_refund(
        sale.total, sale.total + sale.discount,
        coalesce((
            SELECT sum(other.quantity * line.unit_price)
            FROM sales_return AS other JOIN sales_line AS line ON line.id = other.line_id
            WHERE other.sale_id = sale.id AND other.refunds AND other.status IN ('approved', 'restocked')
              AND other.id <> asked.id
        ), 0)::bigint,
        asked.quantity * (SELECT line.unit_price FROM sales_line AS line WHERE line.id = asked.line_id)
    )
    FROM sales_sale AS sale WHERE sale.id = asked.sale_id
$$;

CREATE FUNCTION sales_return_decided() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was text := CASE WHEN TG_OP = 'INSERT' THEN '' ELSE OLD.status END;
BEGIN
    IF (was, NEW.status) NOT IN (
        ('', 'pending'), ('', 'approved'), ('pending', 'approved'), ('pending', 'rejected'), ('approved', 'restocked')
    ) THEN
        RAISE EXCEPTION 'a return does not go from % to %', was, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_return_goes_the_way_of_its_life';
    END IF;
    IF was = 'approved' AND (NEW.refund, NEW.refund_with, NEW.business_date, NEW.refunds, NEW.restocks,
                             NEW.decided_by_id, NEW.decided_at)
        IS DISTINCT FROM (OLD.refund, OLD.refund_with, OLD.business_date, OLD.refunds, OLD.restocks,
                          OLD.decided_by_id, OLD.decided_at) THEN
        RAISE EXCEPTION 'the refund of return % has been given', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_refund_is_given_once';
    END IF;
    IF was = 'pending' AND NEW.status = 'approved' AND NEW.decided_by_id = NEW.created_by_id THEN
        RAISE EXCEPTION 'return % was asked for by who approves it', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'nobody_approves_an_own_request';
    END IF;
    IF NEW.status IN ('approved', 'rejected') THEN
        PERFORM bars_open_books(NEW.bar_id);
        NEW.decided_at := clock_timestamp();
    END IF;
    IF NEW.status = 'approved' THEN
        SELECT bars_business_date(NEW.decided_at, bar.time_zone, bar.closing_hour) INTO NEW.business_date
        FROM bars_bar AS bar WHERE bar.id = NEW.bar_id;
        SELECT coalesce(sale.paid_with, sale.payment) INTO NEW.refund_with
        FROM sales_sale AS sale WHERE sale.id = NEW.sale_id FOR NO KEY UPDATE;
        NEW.refund := sales_refund_of(NEW);
        IF NOT NEW.refunds THEN
            NEW.refund := 0;
            NEW.refund_with := NULL;
        END IF;
    END IF;
    RETURN NEW;
END $$;
-- After the trigger above: Postgres fires them in the order of their names.
CREATE TRIGGER return_goes_the_way_of_its_life BEFORE INSERT ON sales_return
FOR EACH ROW EXECUTE FUNCTION sales_return_decided();
CREATE TRIGGER return_goes_the_way_of_its_life_on BEFORE UPDATE ON sales_return
FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION sales_return_decided();

CREATE FUNCTION sales_restocked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stock_movement (bar_id, product_id, quantity, cause, cause_id, created_by_id)
    SELECT NEW.bar_id, line.product_id, NEW.quantity, 'return', NEW.id, NEW.restocked_by_id
    FROM sales_line AS line WHERE line.id = NEW.line_id;
    RETURN NULL;
END $$;
CREATE TRIGGER a_restocked_return_moves_stock AFTER UPDATE ON sales_return
FOR EACH ROW WHEN (OLD.status <> 'restocked' AND NEW.status = 'restocked') EXECUTE FUNCTION sales_restocked();

-- Consignments: the bottle comes back into stock and is held, until it is claimed or let go.

CREATE FUNCTION sales_consigned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    product uuid := (SELECT line.product_id FROM sales_line AS line WHERE line.id = NEW.line_id);
    held bigint := CASE NEW.status WHEN 'active' THEN NEW.quantity - NEW.claimed ELSE 0 END;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO stock_movement (bar_id, product_id, quantity, cause, cause_id, created_by_id)
        VALUES (NEW.bar_id, product, NEW.quantity, 'consign', NEW.id, NEW.created_by_id);
    ELSE
        held := held - CASE OLD.status WHEN 'active' THEN OLD.quantity - OLD.claimed ELSE 0 END;
    END IF;
    IF held <> 0 THEN
        PERFORM stock_hold(ARRAY[product], ARRAY[held]);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER a_consignment_is_held AFTER INSERT OR UPDATE OF status, claimed ON sales_consignment
FOR EACH ROW EXECUTE FUNCTION sales_consigned();

CREATE FUNCTION sales_claim_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND (NEW.claimed <> 0 OR NEW.status <> 'active') THEN
        RAISE EXCEPTION 'a consignment starts unclaimed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bottles_are_claimed_by_claims';
    END IF;
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() = 1 AND (NEW.claimed <> OLD.claimed OR NEW.status = 'claimed') THEN
        RAISE EXCEPTION 'consignment % is claimed by a claim, not by hand', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bottles_are_claimed_by_claims';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bottles_are_claimed_by_claims BEFORE INSERT OR UPDATE OF status, claimed ON sales_consignment
FOR EACH ROW EXECUTE FUNCTION sales_claim_counted();

CREATE FUNCTION sales_claimed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM bars_open_books(NEW.bar_id);
    UPDATE sales_consignment AS kept SET
        claimed = kept.claimed + NEW.quantity,
        status = CASE WHEN kept.claimed + NEW.quantity = kept.quantity THEN 'claimed' ELSE kept.status END,
        decided_by_id = NEW.created_by_id,
        decided_at = clock_timestamp()
    WHERE kept.id = NEW.consignment_id AND kept.bar_id = NEW.bar_id AND kept.status = 'active'
      AND kept.claimed + NEW.quantity <= kept.quantity;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'consignment % has not % left', NEW.consignment_id, NEW.quantity
            USING ERRCODE = 'check_violation', CONSTRAINT = 'no_more_is_claimed_than_was_left';
    END IF;
    INSERT INTO stock_movement (bar_id, product_id, quantity, cause, cause_id, created_by_id)
    SELECT NEW.bar_id, line.product_id, -NEW.quantity, 'claim', NEW.id, NEW.created_by_id
    FROM sales_consignment AS kept JOIN sales_line AS line ON line.id = kept.line_id
    WHERE kept.id = NEW.consignment_id;
    RETURN NULL;
END $$;
CREATE TRIGGER a_claim_hands_over AFTER INSERT ON sales_claim FOR EACH ROW EXECUTE FUNCTION sales_claimed();

-- Tabs, settlements and expenses: number and date are the server's.

CREATE FUNCTION sales_tab_opened() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM bars_open_books(NEW.bar_id);
    PERFORM pg_advisory_xact_lock(hashtextextended('tabs ' || NEW.bar_id, 0));
    SELECT bars_business_date(NEW.opened_at, bar.time_zone, bar.closing_hour) INTO NEW.business_date
    FROM bars_bar AS bar WHERE bar.id = NEW.bar_id;
    SELECT coalesce(max(tab.number), 0) + 1 INTO NEW.number
    FROM sales_tab AS tab WHERE tab.bar_id = NEW.bar_id AND tab.business_date = NEW.business_date;
    NEW.opened_as := NEW.name;
    RETURN NEW;
END $$;
CREATE TRIGGER a_tab_has_the_next_number BEFORE INSERT ON sales_tab
FOR EACH ROW EXECUTE FUNCTION sales_tab_opened();

-- A tab is settled as a whole, while it is locked: sales go on it under a lock that waits for this.
CREATE FUNCTION sales_tab_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM bars_open_books(NEW.bar_id);
    IF NOT EXISTS (SELECT FROM sales_settlement WHERE tab_id = NEW.id) OR EXISTS (
        SELECT FROM sales_sale
        WHERE tab_id = NEW.id
          AND (status IN ('pending', 'needs_review') OR status = 'validated' AND settlement_id IS NULL)
    ) THEN
        RAISE EXCEPTION 'tab % has sales that nobody has paid or decided about', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_tab_is_settled_as_a_whole';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_tab_is_settled_as_a_whole BEFORE UPDATE ON sales_tab
FOR EACH ROW WHEN (OLD.status = 'open' AND NEW.status = 'settled') EXECUTE FUNCTION sales_tab_settled();

-- At commit a settlement is the sum of the sales that it pays, less what came back while they were owed.
CREATE FUNCTION sales_settlement_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    settled uuid := CASE TG_TABLE_NAME WHEN 'sales_sale' THEN to_jsonb(NEW) ->> 'settlement_id' ELSE NEW.id::text END;
BEGIN
    IF NOT EXISTS (
        SELECT FROM sales_settlement AS settlement
        LEFT JOIN sales_tab AS tab ON tab.id = settlement.tab_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS sales, coalesce(sum(sale.total), 0) AS total,
                   coalesce(bool_and(sale.status = 'validated' AND sale.paid_with = settlement.payment
                                     AND sale.paid_on = settlement.business_date), true) AS are_paid,
                   coalesce(bool_and(sale.tab_id = settlement.tab_id), true) AS are_of_the_tab
            FROM sales_sale AS sale WHERE sale.settlement_id = settlement.id
        ) AS paid
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(back.refund), 0) AS refund
            FROM sales_return AS back JOIN sales_sale AS sale ON sale.id = back.sale_id
            WHERE sale.settlement_id = settlement.id AND back.refund_with IN ('tab', 'credit')
        ) AS given
        WHERE settlement.id = settled AND paid.are_paid AND settlement.amount = paid.total - given.refund
          AND (settlement.tab_id IS NULL AND paid.sales = 1 OR tab.status = 'settled' AND paid.are_of_the_tab)
    ) THEN
        RAISE EXCEPTION 'settlement % is not the sum of what it pays', settled
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_settlement_is_the_sum_of_its_sales';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER a_settlement_is_the_sum_of_its_sales AFTER INSERT ON sales_settlement
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sales_settlement_adds_up();
CREATE CONSTRAINT TRIGGER a_settlement_is_the_sum_of_its_sales AFTER UPDATE ON sales_sale
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.settlement_id IS DISTINCT FROM NEW.settlement_id)
EXECUTE FUNCTION sales_settlement_adds_up();

CREATE FUNCTION sales_dated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM bars_open_books(NEW.bar_id);
    SELECT bars_business_date(NEW.created_at, bar.time_zone, bar.closing_hour) INTO NEW.business_date
    FROM bars_bar AS bar WHERE bar.id = NEW.bar_id;
    RETURN NEW;
END $$;
CREATE TRIGGER a_settlement_has_its_business_date BEFORE INSERT ON sales_settlement
FOR EACH ROW EXECUTE FUNCTION sales_dated();
CREATE TRIGGER an_expense_has_its_business_date BEFORE INSERT ON sales_expense
FOR EACH ROW EXECUTE FUNCTION sales_dated();
