-- Figures of finished days are kept by refreshes; who changes such a day later says so, and from then on until the next
-- refresh that day is read where it is always right: from the roll-up or the ledger. Today is always read there.

-- The last business date of a bar that a view has counted: days which had ended two hours before its last refresh began.
-- A sale of less than an hour before its transaction leaves no mark, so a transaction may last as long again.
-- Called by views too, whose refresh knows no schema but pg_catalog.
CREATE FUNCTION stats_counted_until(named text, bar uuid) RETURNS date
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT coalesce((
        SELECT bars_business_date(log.started_at - interval '2 hours', one.time_zone, one.closing_hour) - 1
        FROM stats_refreshlog AS log CROSS JOIN bars_bar AS one
        WHERE log.view = named AND log.error = '' AND one.id = bar
        ORDER BY log.started_at DESC LIMIT 1
    ), '-infinity')
$$;

-- The one place that decides: spans of days, from `since` to `until`, that a view does not know as they are now.
CREATE FUNCTION stats_live_days(named text, bar uuid, since date, until date) RETURNS TABLE (first date, last date)
LANGUAGE sql STABLE AS $$
    SELECT greatest(since, counted.day + 1), until
    FROM (SELECT stats_counted_until(named, bar) AS day) AS counted
    WHERE counted.day < until
    UNION ALL
    SELECT DISTINCT dirty.business_date, dirty.business_date
    FROM stats_dirtyday AS dirty
    WHERE dirty.view = named AND dirty.bar_id = bar
      AND dirty.business_date BETWEEN since AND least(until, (SELECT stats_counted_until(named, bar)))
$$;

-- A day that has ended is not what it was. Marks are only added, so that nobody waits for a refresh, which takes them
-- away before it looks; once a transaction is enough.
CREATE FUNCTION stats_mark_day(bar uuid, day date) RETURNS void LANGUAGE sql AS $$
    INSERT INTO stats_dirtyday (view, bar_id, business_date)
    SELECT named, bar, day
    FROM unnest(ARRAY['daily_sales_summary', 'top_products_by_period']) AS named
    WHERE day < (
        SELECT bars_business_date(clock_timestamp(), one.time_zone, one.closing_hour) FROM bars_bar AS one WHERE one.id = bar
    ) AND NOT EXISTS (
        SELECT FROM stats_dirtyday AS mine
        WHERE (mine.bar_id, mine.business_date, mine.view) = (bar, day, named) AND mine.xmin = pg_current_xact_id()::xid
    )
$$;

-- As in sales_minute_v1; what is not of this hour may be of a day that has ended.
CREATE OR REPLACE FUNCTION stats_count_sale(bar uuid, day date, moment timestamptz, total bigint, change integer)
RETURNS void LANGUAGE plpgsql AS $$
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
    ELSE
        PERFORM stats_mark_day(bar, day);
    END IF;
END $$;

-- As in refunds_v1.
CREATE OR REPLACE FUNCTION stats_count_refund(bar uuid, day date, moment timestamptz, refund bigint, change integer)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF change * refund = 0 THEN
        RETURN;
    END IF;
    INSERT INTO stats_salesminute AS roll (bar_id, business_date, minute, sales, revenue, refunds)
    VALUES (bar, day, date_trunc('minute', moment, 'UTC'), 0, -change * refund, change * refund)
    ON CONFLICT (bar_id, business_date, minute)
    DO UPDATE SET revenue = roll.revenue + excluded.revenue, refunds = roll.refunds + excluded.refunds;
    IF moment <= now() - interval '1 hour' THEN
        PERFORM stats_mark_day(bar, day);
    END IF;
END $$;
