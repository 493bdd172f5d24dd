-- What each hour of a bar's clock has brought over some business dates, of the hours that had anything.
CREATE FUNCTION stats_hours(bar uuid, zone text, since date, until date)
RETURNS TABLE (hour integer, sales bigint, revenue bigint) LANGUAGE sql STABLE AS $$
    SELECT extract(hour FROM minute AT TIME ZONE zone)::integer, sum(sales), sum(revenue)::bigint
    FROM stats_salesminute
    WHERE bar_id = bar AND business_date BETWEEN since AND until
    GROUP BY 1
$$;
