-- Roll-ups of validated sales. Written only after the heads of the streams are locked, so that every
-- writer of a bar's rows has first queued for that bar, and no row stays hot for longer than a commit.

CREATE FUNCTION stats_add_to_minute(bar uuid, day date, moment timestamptz, added_sales integer, added_revenue bigint)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO stats_salesminute AS roll (bar_id, business_date, minute, sales, revenue)
    VALUES (bar, day, date_trunc('minute', moment, 'UTC'), added_sales, added_revenue)
    ON CONFLICT (bar_id, business_date, minute)
    DO UPDATE SET sales = roll.sales + excluded.sales, revenue = roll.revenue + excluded.revenue;
$$;

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
