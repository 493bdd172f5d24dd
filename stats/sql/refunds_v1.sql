-- Refunds come off the revenue of the minute in which they were given: revenue in a minute is net, and the
-- refunds in it are told beside it.
CREATE FUNCTION stats_count_refund(bar uuid, day date, moment timestamptz, refund bigint, change integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF change * refund = 0 THEN
        RETURN;
    END IF;
    INSERT INTO stats_salesminute AS roll (bar_id, business_date, minute, sales, revenue, refunds)
    VALUES (bar, day, date_trunc('minute', moment, 'UTC'), 0, -change * refund, change * refund)
    ON CONFLICT (bar_id, business_date, minute)
    DO UPDATE SET revenue = roll.revenue + excluded.revenue, refunds = roll.refunds + excluded.refunds;
END $$;

INSERT INTO stats_salesminute AS roll (bar_id, business_date, minute, sales, revenue, refunds)
SELECT bar_id, business_date, date_trunc('minute', decided_at, 'UTC'), 0, -sum(refund), sum(refund)
FROM sales_return WHERE status IN ('approved', 'restocked') AND refund > 0
GROUP BY 1, 2, 3
ON CONFLICT (bar_id, business_date, minute)
DO UPDATE SET revenue = roll.revenue + excluded.revenue, refunds = roll.refunds + excluded.refunds;
