-- Roll-ups of validated sales. A sale writes them only after the heads of its streams are locked, so that
-- every seller of a bar has first queued for that bar, and no row stays hot for longer than a commit.

-- The window of the last hour, read from at most 60 minutes of the roll-up. The row is locked before it is
-- counted: a decay that counted first could write over a sale that committed meanwhile.
CREATE FUNCTION stats_refresh_activity(bar uuid, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM stats_baractivity WHERE bar_id = bar FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        INSERT INTO stats_baractivity (bar_id, sales_last_5min, sales_last_hour, updated_at)
        VALUES (bar, 0, 0, moment) ON CONFLICT (bar_id) DO NOTHING;
    END IF;
    UPDATE stats_baractivity AS activity SET
        sales_last_5min = counted.last_5min,
        sales_last_hour = counted.last_hour,
        last_sale_at = greatest(activity.last_sale_at, counted.last_minute),
        updated_at = moment
    FROM (
        SELECT coalesce(sum(sales) FILTER (WHERE minute > moment - interval '5 minutes'), 0) AS last_5min,
               coalesce(sum(sales), 0) AS last_hour,
               max(minute) FILTER (WHERE sales > 0) AS last_minute
        FROM stats_salesminute
        WHERE bar_id = bar AND minute > moment - interval '1 hour' AND minute <= moment
    ) AS counted
    WHERE activity.bar_id = bar;
END $$;

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
