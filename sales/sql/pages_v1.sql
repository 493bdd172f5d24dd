-- How many sales of every status a bar has, so that pages of its history have numbers and nobody counts all rows. Finished
-- days are counted once, by the worker; what came since is counted by who asks. So an ordinary sale writes nothing here.
-- A sale is never deleted, and neither its bar nor its dates change.

-- Counts what is not counted yet of a bar, up to the day before yesterday. A row is a business date and a date in UTC: the
-- latter is in the order of occurred_at, whatever becomes of zones and clocks. All dates in UTC up to the newest that is
-- kept are counted, and no other. No sale of the bar is under way meanwhile; where one is, the next call counts.
CREATE FUNCTION sales_count_days(bar uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    yesterday date;
    added bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('books ' || bar, 0)) THEN
        RETURN 0;
    END IF;
    yesterday := (clock_timestamp() AT TIME ZONE 'UTC')::date - 1;
    INSERT INTO sales_daycount (bar_id, utc_date, business_date, sales)
    SELECT bar, (sale.occurred_at AT TIME ZONE 'UTC')::date AS utc_date, sale.business_date, count(*)
    FROM sales_sale AS sale
    WHERE sale.bar_id = bar AND sale.occurred_at < yesterday::timestamp AT TIME ZONE 'UTC'
      AND sale.occurred_at >= sales_not_counted_since(bar)
    GROUP BY 2, 3;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN added;
END $$;

CREATE FUNCTION sales_not_counted_since(bar uuid) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT coalesce(max(utc_date) + 1, '-infinity')::timestamp AT TIME ZONE 'UTC' FROM sales_daycount WHERE bar_id = bar
$$;

-- All sales of a bar by date in UTC and business date, right at any moment.
CREATE FUNCTION sales_days(bar uuid) RETURNS TABLE (utc_date date, business_date date, sales bigint)
LANGUAGE sql STABLE AS $$
    SELECT kept.utc_date, kept.business_date, kept.sales::bigint FROM sales_daycount AS kept WHERE kept.bar_id = bar
    UNION ALL
    SELECT (sale.occurred_at AT TIME ZONE 'UTC')::date, sale.business_date, count(*)
    FROM sales_sale AS sale
    WHERE sale.bar_id = bar AND sale.occurred_at >= (SELECT sales_not_counted_since(bar))
    GROUP BY 1, 2
$$;

-- A late sale of a day that is counted. Who sells holds the lock that counting takes alone, so the trigger's WHEN, which
-- is asked under it, leaves no such sale out. At commit, behind the lock of the head of the bar's stream, like all counts.
CREATE FUNCTION sales_count_late() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.occurred_at < sales_not_counted_since(NEW.bar_id) THEN
        PERFORM realtime_number_events();
        INSERT INTO sales_daycount AS kept (bar_id, utc_date, business_date, sales)
        VALUES (NEW.bar_id, (NEW.occurred_at AT TIME ZONE 'UTC')::date, NEW.business_date, 1)
        ON CONFLICT (bar_id, utc_date, business_date) DO UPDATE SET sales = kept.sales + 1;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER the_counts_of_days_stay_right AFTER INSERT ON sales_sale
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.occurred_at < clock_timestamp() - interval '24 hours')
EXECUTE FUNCTION sales_count_late();
