-- A product that runs low is told to who may receive supplies, once for as long as it is low.

-- At commit, by what the product has then: validating a sale gives back what was held before it takes the stock, and an
-- import opens the stock that it sells. Only rows that have crossed the line come here, so other sales cost nothing.
CREATE FUNCTION stock_low_told() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    product stock_product;
BEGIN
    SELECT * INTO product FROM stock_product WHERE id = NEW.id;
    IF product.is_active AND product.stock - product.reserved <= product.alert_threshold THEN
        PERFORM realtime_notify(
            'bar.' || product.bar_id, 'supplies', 'stock_low', product.id::text,
            jsonb_build_object('product', product.id, 'available', product.stock - product.reserved),
            '10 minutes'  -- a sale that is undone and made again is not news
        );
    ELSIF FOUND THEN
        PERFORM realtime_resolve('bar.' || product.bar_id, 'stock_low', product.id::text);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER low_stock_is_told
AFTER UPDATE OF stock, reserved, alert_threshold, is_active ON stock_product
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (
    current_setting('realtime.quiet', true) IS DISTINCT FROM 'on'
    AND (OLD.is_active AND OLD.stock - OLD.reserved <= OLD.alert_threshold)
    <> (NEW.is_active AND NEW.stock - NEW.reserved <= NEW.alert_threshold)
)
EXECUTE FUNCTION stock_low_told();
