-- Roll-ups of validated sales. Written only after the heads of the streams are locked, so that every
-- writer of a bar's rows has first queued for that bar, and no row stays hot for longer than a commit.

-- The window of the last hour, read from at most 60 minutes of the roll-up.
CREATE FUNCTION stats_refresh_activity(bar uuid, moment timestamptz) RETURNS void LANGUAGE sql AS $$
    INSERT INTO stats_baractivity AS activity (bar_id, sales_last_5min, sales_last_hour, last_sale_at, updated_at)
    SELECT bar,
           coalesce(sum(sales) FILTER (WHERE minute > moment - interval '5 minutes'), 0),
           coalesce(sum(sales), 0),
           max(minute) FILTER (WHERE sales > 0),
           moment
    FROM stats_salesminute
    WHERE bar_id = bar AND minute > moment - interval '1 hour' AND minute <= moment
    ON CONFLICT (bar_id) DO UPDATE SET
        sales_last_5min = excluded.sales_last_5min,
        sales_last_hour = excluded.sales_last_hour,
        last_sale_at = greatest(activity.last_sale_at, excluded.last_sale_at),
        updated_at = excluded.updated_at;
$$;

-- One sale more (change 1), one less (-1), or none (0) in the figures of its minute. The total of a sale
-- never changes, so revenue moves with the count.
CREATE FUNCTION stats_count_sale(bar uuid, day date, moment timestamptz, total bigint, change integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF change = 0 THEN
        RETURN;
    END IF;
    INSERT INTO stats_salesminute AS roll (bar_id, business_date, minute, sales, revenue)
    VALUES (bar, day, date_trunc('minute', moment, 'UTC'), change, change * total)
    ON CONFLICT (bar_id, business_date, minute)
    DO UPDATE SET sales = roll.sales + excluded.sales, revenue = roll.revenue + excluded.revenue;
    IF moment > now() - interval '1 hour' THEN  -- the clock's time: now() is when a slow transaction began
        PERFORM stats_refresh_activity(bar, clock_timestamp());
    END IF;
END $$;
