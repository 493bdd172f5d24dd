-- Sales that wait for a decision are told to who sees all sales.

-- Pending: one notification for the whole pile, from the first that waits to the last that is decided; who works in a
-- full bar needs no bell for each sale. At commit and behind the lock of the bar's head, which every sale takes anyway:
-- each that comes or goes counts after those that were before it.
CREATE FUNCTION sales_pending_told() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    waiting bigint;
BEGIN
    PERFORM FROM realtime_streamhead WHERE stream = 'bar.' || NEW.bar_id FOR NO KEY UPDATE;
    SELECT count(*) INTO waiting FROM (
        SELECT FROM sales_sale WHERE bar_id = NEW.bar_id AND status = 'pending' LIMIT 100
    ) AS pile;
    IF waiting > 0 THEN
        PERFORM realtime_notify(
            'bar.' || NEW.bar_id, 'sales', 'sale_pending', '', jsonb_build_object('count', waiting)
        );
    ELSE
        PERFORM realtime_resolve('bar.' || NEW.bar_id, 'sale_pending', '');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER a_pile_of_sales_is_told AFTER INSERT ON sales_sale
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'pending') EXECUTE FUNCTION sales_pending_told();
CREATE CONSTRAINT TRIGGER a_pile_of_sales_is_settled AFTER UPDATE OF status ON sales_sale
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.status = 'pending' AND NEW.status <> 'pending')
EXECUTE FUNCTION sales_pending_told();

-- What a phone sold offline and the shelf can't bear is about money: a notification each.
CREATE FUNCTION sales_review_told() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.status = 'needs_review' THEN
        PERFORM realtime_notify(
            'bar.' || NEW.bar_id, 'sales', 'sale_needs_review', NEW.id::text,
            jsonb_build_object('sale', NEW.id, 'total', NEW.total)
        );
    ELSE
        PERFORM realtime_resolve('bar.' || NEW.bar_id, 'sale_needs_review', NEW.id::text);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER a_conflict_is_told AFTER INSERT ON sales_sale
FOR EACH ROW WHEN (NEW.status = 'needs_review') EXECUTE FUNCTION sales_review_told();
CREATE TRIGGER a_conflict_is_settled AFTER UPDATE OF status ON sales_sale
FOR EACH ROW WHEN (OLD.status = 'needs_review' AND NEW.status <> 'needs_review') EXECUTE FUNCTION sales_review_told();
