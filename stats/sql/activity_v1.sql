-- A sale in its bar's activity. Which minutes the windows hold changes with the minute of the clock alone, so in a minute
-- in which they were counted already a sale is added or taken off; the first of each minute counts anew.
CREATE FUNCTION stats_count_activity(bar uuid, sold timestamptz, change integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    clock CONSTANT timestamptz := clock_timestamp();
    this_minute CONSTANT timestamptz := date_trunc('minute', clock, 'UTC');
BEGIN
    UPDATE stats_baractivity SET
        sales_last_5min = sales_last_5min + CASE WHEN sold > clock - interval '5 minutes' THEN change ELSE 0 END,
        sales_last_hour = sales_last_hour + CASE WHEN sold > clock - interval '1 hour' THEN change ELSE 0 END,
        last_sale_at = CASE WHEN change > 0 THEN greatest(last_sale_at, sold) ELSE last_sale_at END,
        updated_at = clock
    WHERE bar_id = bar AND updated_at >= this_minute AND updated_at <= clock AND sold <= clock;
    IF NOT FOUND THEN
        PERFORM stats_refresh_activity(bar, clock);
    END IF;
END $$;

-- As in days_v1.
CREATE OR REPLACE FUNCTION stats_count_sale(bar uuid, day date, moment timestamptz, total bigint, change integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    sold CONSTANT timestamptz := date_trunc('minute', moment, 'UTC');
BEGIN
    IF change = 0 THEN
        RETURN;
    END IF;
    INSERT INTO stats_salesminute AS roll (bar_id, business_date, minute, sales, revenue)
    VALUES (bar, day, sold, change, change * total)
    ON CONFLICT (bar_id, business_date, minute)
    DO UPDATE SET sales = roll.sales + excluded.sales, revenue = roll.revenue + excluded.revenue;
    IF moment > now() - interval '1 hour' THEN  -- the clock's time: now() is when a slow transaction began
        PERFORM stats_count_activity(bar, sold, change);
    ELSE
        PERFORM stats_mark_day(bar, day);
    END IF;
END $$;
