-- The close of business dates (Z), and what changes a closed one afterwards. Amounts are in minor units.

-- What the business dates from `since` to `until` have brought, as the books stand now.
-- The bounds of occurred_at say nothing new: they let an index find the undecided sales, which have none by date.
CREATE FUNCTION sales_figures(
    bar uuid, since date, until date,
    OUT sales bigint, OUT gross bigint, OUT discounts bigint, OUT refunds bigint, OUT by_payment jsonb,
    OUT collected jsonb, OUT cash_in bigint, OUT cash_out bigint, OUT undecided jsonb, OUT pending jsonb
) LANGUAGE sql STABLE AS $$
    WITH sold AS (
        SELECT sale.payment, count(*) AS sales, sum(sale.total)::bigint AS total, sum(sale.discount)::bigint AS discount
        FROM sales_sale AS sale
        WHERE sale.bar_id = bar AND sale.business_date BETWEEN since AND until AND sale.status = 'validated'
        GROUP BY sale.payment
    ), other AS (
        SELECT sale.status, jsonb_agg(
            jsonb_build_object('sale', sale.id, 'status', sale.status, 'total', sale.total)
            ORDER BY sale.occurred_at, sale.id
        ) AS listed
        FROM sales_sale AS sale
        WHERE sale.bar_id = bar AND sale.business_date BETWEEN since AND until
          AND sale.occurred_at >= (since - 2)::timestamp AT TIME ZONE 'UTC'
          AND sale.occurred_at < (until + 3)::timestamp AT TIME ZONE 'UTC'
          AND sale.status IN ('pending', 'expired', 'needs_review')
        GROUP BY sale.status
    ), back AS (
        SELECT one.refund_with, sum(one.refund)::bigint AS refund
        FROM sales_return AS one
        WHERE one.bar_id = bar AND one.business_date BETWEEN since AND until AND one.status IN ('approved', 'restocked')
        GROUP BY one.refund_with
    ), settled AS (
        SELECT settlement.payment, sum(settlement.amount)::bigint AS amount
        FROM sales_settlement AS settlement
        WHERE settlement.bar_id = bar AND settlement.business_date BETWEEN since AND until
        GROUP BY settlement.payment
    ), spent AS (
        SELECT coalesce(sum(expense.amount), 0)::bigint AS amount
        FROM sales_expense AS expense
        WHERE expense.bar_id = bar AND expense.business_date BETWEEN since AND until AND expense.voided_at IS NULL
          AND expense.payment = 'cash'
    ), supplied AS (
        SELECT coalesce(sum(supply.lots * supply.lot_price), 0)::bigint AS amount
        FROM stock_supply AS supply
        WHERE supply.bar_id = bar AND supply.business_date BETWEEN since AND until AND supply.payment = 'cash'
    )
    SELECT coalesce((SELECT sum(sold.sales) FROM sold), 0)::bigint,
           coalesce((SELECT sum(sold.total) FROM sold), 0)::bigint,
           coalesce((SELECT sum(sold.discount) FROM sold), 0)::bigint,
           coalesce((SELECT sum(back.refund) FROM back), 0)::bigint,
           coalesce((SELECT jsonb_object_agg(sold.payment, sold.total) FROM sold), '{}'),
           coalesce((SELECT jsonb_object_agg(settled.payment, settled.amount) FROM settled), '{}'),
           coalesce((SELECT sold.total FROM sold WHERE sold.payment = 'cash'), 0)
               + coalesce((SELECT settled.amount FROM settled WHERE settled.payment = 'cash'), 0),
           coalesce((SELECT back.refund FROM back WHERE back.refund_with = 'cash'), 0)
               + (SELECT spent.amount FROM spent) + (SELECT supplied.amount FROM supplied),
           coalesce((SELECT other.listed FROM other WHERE other.status = 'expired'), '[]')
               || coalesce((SELECT other.listed FROM other WHERE other.status = 'needs_review'), '[]'),
           coalesce((SELECT other.listed FROM other WHERE other.status = 'pending'), '[]')
$$;

-- Tabs that are open, at any age, and what their clients owe: validated sales less what was taken back.
CREATE FUNCTION sales_open_tabs(bar uuid, OUT tabs bigint, OUT owed bigint) LANGUAGE sql STABLE AS $$
    SELECT count(DISTINCT tab.id), coalesce(sum(sale.total - coalesce(back.refund, 0)), 0)::bigint
    FROM sales_tab AS tab
    LEFT JOIN sales_sale AS sale ON sale.tab_id = tab.id AND sale.status = 'validated' AND sale.settlement_id IS NULL
    LEFT JOIN LATERAL (
        SELECT sum(one.refund) AS refund FROM sales_return AS one
        WHERE one.sale_id = sale.id AND one.refund_with = 'tab' AND one.status IN ('approved', 'restocked')
    ) AS back ON true
    WHERE tab.bar_id = bar AND tab.status = 'open'
$$;

-- Whether the cash of this addendum moved after a drawer was counted at this moment. A sale that a phone told of late
-- was paid when it was sold, and of a voided expense the cash never left: only where the drawer was expected to miss it
-- since that count, it comes back.
CREATE FUNCTION sales_cash_moved_after(one sales_addendum, moment timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE one.kind
        WHEN 'sale' THEN (SELECT sale.occurred_at > moment FROM sales_sale AS sale WHERE sale.id = one.cause_id)
        WHEN 'void' THEN EXISTS (
            SELECT FROM sales_addendum AS spent JOIN sales_dayclose AS closed ON closed.id = spent.close_id
            WHERE spent.bar_id = one.bar_id AND spent.cause_id = one.cause_id AND spent.kind = 'expense'
              AND spent.created_at > moment AND closed.reopened_at IS NULL
        )
        ELSE one.created_at > moment
    END
$$;

CREATE FUNCTION sales_day_begins(bar uuid, day date) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT (day + make_interval(hours => one.closing_hour)) AT TIME ZONE one.time_zone
    FROM bars_bar AS one WHERE one.id = bar
$$;

-- Cash of sales from before a bar's first close, which are in none: cancelled since, it was given back all the same.
CREATE FUNCTION sales_cancelled_before(bar uuid, first date, since timestamptz, until timestamptz) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(sale.total), 0)::bigint
    FROM sales_sale AS sale
    WHERE sale.bar_id = bar AND sale.status = 'cancelled' AND sale.payment = 'cash' AND sale.business_date < first
      AND sale.decided_at > since AND sale.decided_at <= until
$$;

-- What a close of this business date would say. It begins where the last one ended, so that a day that was
-- forgotten is in the next close and no day is in two; the first close of a bar begins with its own date.
CREATE FUNCTION sales_closing(
    bar uuid, day date,
    OUT since date, OUT sales bigint, OUT gross bigint, OUT discounts bigint, OUT refunds bigint, OUT by_payment jsonb,
    OUT collected jsonb, OUT cash_in bigint, OUT cash_out bigint, OUT undecided jsonb, OUT pending jsonb,
    OUT opening_cash bigint, OUT carried_cash bigint, OUT perpetual_total bigint
) LANGUAGE sql STABLE AS $$
    WITH last AS (
        SELECT before.* FROM sales_dayclose AS before
        WHERE before.bar_id = bar AND before.reopened_at IS NULL AND before.business_date < day
        ORDER BY before.business_date DESC LIMIT 1
    ), ever AS (
        SELECT min(before.since) AS since, max(before.perpetual_total) AS total
        FROM sales_dayclose AS before WHERE before.bar_id = bar
    ), late AS (  -- what has been added to closed days since the last close
        SELECT coalesce(sum(one.cash), 0)::bigint AS cash
        FROM last
        JOIN sales_addendum AS one
            ON one.bar_id = bar AND one.created_at > last.closed_at AND sales_cash_moved_after(one, last.closed_at)
        JOIN sales_dayclose AS closed ON closed.id = one.close_id AND closed.reopened_at IS NULL
    ), span AS (
        SELECT coalesce((SELECT last.business_date + 1 FROM last), least(day, (SELECT ever.since FROM ever))) AS since
    )
    SELECT span.since, figures.sales, figures.gross, figures.discounts, figures.refunds, figures.by_payment,
           figures.collected, figures.cash_in, figures.cash_out, figures.undecided, figures.pending,
           (SELECT last.left_cash FROM last),
           late.cash - sales_cancelled_before(
               bar, least(ever.since, span.since),
               coalesce((SELECT last.closed_at FROM last), sales_day_begins(bar, span.since)), 'infinity'
           ),
           -- What was validated once stays in it, cancelled or not: so it never falls, and opening a day again
           -- neither hides a sale nor counts one twice.
           greatest(ever.total, (
               SELECT coalesce(sum(sale.total), 0)::bigint
               FROM (
                   SELECT one.total FROM sales_sale AS one  -- two halves, as each has an index of its own
                   WHERE one.bar_id = bar AND one.status = 'validated'
                     AND one.business_date BETWEEN least(ever.since, span.since) AND day
                   UNION ALL
                   SELECT one.total FROM sales_sale AS one
                   WHERE one.bar_id = bar AND one.status = 'cancelled'
                     AND one.business_date BETWEEN least(ever.since, span.since) AND day
               ) AS sale
           ))
    FROM span CROSS JOIN late CROSS JOIN ever CROSS JOIN LATERAL sales_figures(bar, span.since, day) AS figures
$$;

-- Whoever closes has the books alone, so nothing is under way that the figures would miss; they are the database's.
CREATE FUNCTION sales_close() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    day record;
    terms record;
BEGIN
    PERFORM bars_hold_books(NEW.bar_id);
    SELECT bar.currency, bars_business_date(clock_timestamp(), bar.time_zone, bar.closing_hour) AS today INTO terms
    FROM bars_bar AS bar WHERE bar.id = NEW.bar_id;
    IF NEW.business_date > terms.today THEN
        RAISE EXCEPTION '% has not begun', NEW.business_date
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_day_to_come_is_not_closed';
    END IF;
    IF EXISTS (
        SELECT FROM sales_dayclose AS later
        WHERE later.bar_id = NEW.bar_id AND later.reopened_at IS NULL AND later.business_date > NEW.business_date
    ) THEN
        RAISE EXCEPTION 'a day after % is closed', NEW.business_date
            USING ERRCODE = 'check_violation', CONSTRAINT = 'days_are_closed_in_order';
    END IF;
    SELECT * INTO day FROM sales_closing(NEW.bar_id, NEW.business_date);
    IF day.pending <> '[]' THEN
        RAISE EXCEPTION '% sales of this day wait for a decision', jsonb_array_length(day.pending)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_day_is_closed_with_all_decided';
    END IF;
    NEW.currency := terms.currency;
    NEW.since := day.since;
    NEW.number := coalesce((SELECT max(before.number) FROM sales_dayclose AS before WHERE before.bar_id = NEW.bar_id), 0) + 1;
    NEW.sales := day.sales;
    NEW.gross := day.gross;
    NEW.discounts := day.discounts;
    NEW.refunds := day.refunds;
    NEW.net := day.gross - day.refunds;
    NEW.by_payment := day.by_payment;
    NEW.collected := day.collected;
    NEW.undecided := day.undecided;
    NEW.perpetual_total := day.perpetual_total;
    NEW.opening_cash := greatest(coalesce(day.opening_cash, NEW.opening_cash), 0);  -- at the first close, who closes knows it
    NEW.carried_cash := day.carried_cash;
    NEW.cash_in := day.cash_in;
    NEW.cash_out := day.cash_out;
    NEW.expected_cash := NEW.opening_cash + NEW.carried_cash + NEW.cash_in - NEW.cash_out;
    NEW.difference := NEW.counted_cash - NEW.expected_cash;
    NEW.closed_at := clock_timestamp();
    NEW.reopened_at := NULL;
    NEW.reopened_by_id := NULL;
    NEW.reopen_reason := '';
    RETURN NEW;
END $$;
CREATE TRIGGER a_close_counts_the_day BEFORE INSERT ON sales_dayclose
FOR EACH ROW EXECUTE FUNCTION sales_close();

-- The next close has taken over the cash that this one left: the last is opened first.
CREATE FUNCTION sales_reopen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM bars_hold_books(NEW.bar_id);
    IF EXISTS (
        SELECT FROM sales_dayclose AS later
        WHERE later.bar_id = NEW.bar_id AND later.reopened_at IS NULL AND later.business_date > NEW.business_date
    ) THEN
        RAISE EXCEPTION 'a day after % is closed', NEW.business_date
            USING ERRCODE = 'check_violation', CONSTRAINT = 'the_last_close_is_opened_first';
    END IF;
    NEW.reopened_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER the_last_close_is_opened_first BEFORE UPDATE ON sales_dayclose FOR EACH ROW
WHEN (OLD.reopened_at IS NULL AND NEW.reopened_at IS NOT NULL) EXECUTE FUNCTION sales_reopen();

CREATE TRIGGER a_close_is_opened_again_for_good BEFORE UPDATE ON sales_dayclose FOR EACH ROW
WHEN (OLD.reopened_at IS NOT NULL) EXECUTE FUNCTION stock_refuse('a close that was opened again stays as it is');

-- Addenda: call with the books open, so that a close either is seen here or has counted the change itself.
CREATE FUNCTION sales_add_to_close(
    bar uuid, day date, kind text, cause uuid, revenue bigint, cash bigint, is_carried boolean
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO sales_addendum (bar_id, close_id, kind, cause_id, revenue, cash, is_carried, created_at)
    SELECT bar, closed.id, kind, cause, revenue, cash, is_carried, clock_timestamp()
    FROM sales_dayclose AS closed
    WHERE closed.bar_id = bar AND closed.reopened_at IS NULL AND day BETWEEN closed.since AND closed.business_date
$$;
REVOKE EXECUTE ON FUNCTION sales_add_to_close FROM PUBLIC;

-- When the drawer was last counted; NULL before the first close.
CREATE FUNCTION sales_last_count(bar uuid) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT max(closed.closed_at) FROM sales_dayclose AS closed
    WHERE closed.bar_id = bar AND closed.reopened_at IS NULL
$$;

-- The application's role may not write addenda: these run as the owner of the database.

CREATE FUNCTION sales_sale_after_close() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.status = 'validated' AND (TG_OP = 'INSERT' OR OLD.status <> 'validated') THEN
        PERFORM sales_add_to_close(
            NEW.bar_id, NEW.business_date, 'sale', NEW.id,
            NEW.total, CASE WHEN NEW.payment = 'cash' THEN NEW.total ELSE 0 END,
            -- Sold before the drawer was last counted, be it for a later day, its cash was counted: the phone only
            -- told of it later.
            NEW.occurred_at > sales_last_count(NEW.bar_id)
        );
    ELSIF NEW.status = 'cancelled' AND OLD.status = 'validated' THEN  -- given back from today's drawer
        PERFORM sales_add_to_close(
            NEW.bar_id, NEW.business_date, 'cancellation', NEW.id,
            -NEW.total, CASE WHEN NEW.payment = 'cash' THEN -NEW.total ELSE 0 END, true
        );
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER a_late_sale_is_an_addendum AFTER INSERT OR UPDATE OF status ON sales_sale
FOR EACH ROW WHEN (NEW.status IN ('validated', 'cancelled')) EXECUTE FUNCTION sales_sale_after_close();

CREATE FUNCTION sales_refund_after_close() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM sales_add_to_close(
        NEW.bar_id, NEW.business_date, 'refund', NEW.id,
        -NEW.refund, CASE WHEN NEW.refund_with = 'cash' THEN -NEW.refund ELSE 0 END, true
    );
    RETURN NULL;
END $$;
CREATE TRIGGER a_late_refund_is_an_addendum AFTER INSERT ON sales_return
FOR EACH ROW WHEN (NEW.status = 'approved' AND NEW.refund > 0) EXECUTE FUNCTION sales_refund_after_close();
CREATE TRIGGER a_late_refund_is_an_addendum_too AFTER UPDATE ON sales_return
FOR EACH ROW WHEN (OLD.status = 'pending' AND NEW.status = 'approved' AND NEW.refund > 0)
EXECUTE FUNCTION sales_refund_after_close();

CREATE FUNCTION sales_settled_after_close() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM sales_add_to_close(
        NEW.bar_id, NEW.business_date, 'collection', NEW.id,
        0, CASE WHEN NEW.payment = 'cash' THEN NEW.amount ELSE 0 END, true
    );
    RETURN NULL;
END $$;
CREATE TRIGGER a_late_collection_is_an_addendum AFTER INSERT ON sales_settlement
FOR EACH ROW EXECUTE FUNCTION sales_settled_after_close();

CREATE FUNCTION sales_spent_after_close() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM sales_add_to_close(NEW.bar_id, NEW.business_date, 'expense', NEW.id, 0, -NEW.amount, true);
    RETURN NULL;
END $$;
CREATE TRIGGER a_late_expense_is_an_addendum AFTER INSERT ON sales_expense
FOR EACH ROW WHEN (NEW.payment = 'cash' AND NEW.voided_at IS NULL) EXECUTE FUNCTION sales_spent_after_close();

-- A voided expense was never spent. Where a close has counted or carried it, the cash was in the drawer all the same;
-- where it came after the last close, the next one no longer misses it.
CREATE FUNCTION sales_void() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM bars_open_books(NEW.bar_id);
    NEW.voided_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER an_expense_is_voided_now BEFORE UPDATE ON sales_expense
FOR EACH ROW WHEN (OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL) EXECUTE FUNCTION sales_void();

CREATE TRIGGER an_expense_is_voided_for_good BEFORE UPDATE ON sales_expense FOR EACH ROW
WHEN (OLD.voided_at IS NOT NULL) EXECUTE FUNCTION stock_refuse('a voided expense stays as it is');

CREATE FUNCTION sales_voided_after_close() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM sales_add_to_close(
        NEW.bar_id, NEW.business_date, 'void', NEW.id, 0, NEW.amount,
        EXISTS (
            SELECT FROM sales_addendum AS spent JOIN sales_dayclose AS closed ON closed.id = spent.close_id
            WHERE spent.bar_id = NEW.bar_id AND spent.cause_id = NEW.id AND spent.kind = 'expense'
              AND spent.created_at > sales_last_count(NEW.bar_id) AND closed.reopened_at IS NULL
        )
    );
    RETURN NULL;
END $$;
CREATE TRIGGER a_late_void_is_an_addendum AFTER UPDATE ON sales_expense
FOR EACH ROW WHEN (NEW.payment = 'cash' AND OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL)
EXECUTE FUNCTION sales_voided_after_close();

CREATE FUNCTION sales_supplied_after_close() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM sales_add_to_close(
        NEW.bar_id, NEW.business_date, 'supply', NEW.id, 0, -NEW.lots * NEW.lot_price, true
    );
    RETURN NULL;
END $$;
CREATE TRIGGER a_late_supply_is_an_addendum AFTER INSERT ON stock_supply
FOR EACH ROW WHEN (NEW.payment = 'cash') EXECUTE FUNCTION sales_supplied_after_close();
