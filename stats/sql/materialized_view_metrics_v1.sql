-- How each view fares, from the log of its refreshes. `every` is the longest wait between two on the schedule: light
-- views rest from 17h to 3h, heavy ones come at 4h and 16h. Twice that is old. A view that was never refreshed is no
-- alarm: nothing is read from it.
CREATE VIEW materialized_view_metrics AS
SELECT known.view, known.every, log.refreshes, log.failures, log.last_success, log.last_failure, log.mean_seconds,
       now() - log.last_success AS age,
       coalesce(now() - log.last_success > 2 * known.every, false) AS is_old,
       coalesce(log.last_failure > coalesce(log.last_success, '-infinity'), false) AS is_failing
FROM (VALUES
    ('daily_sales_summary', interval '10 hours'),
    ('bars_with_stats', interval '10 hours'),
    ('top_products_by_period', interval '12 hours'),
    ('product_sales_stats', interval '12 hours')
) AS known (view, every)
CROSS JOIN LATERAL (
    SELECT (count(*) FILTER (WHERE error = ''))::integer AS refreshes,
           (count(*) FILTER (WHERE error <> ''))::integer AS failures,
           max(started_at) FILTER (WHERE error = '') AS last_success,
           max(started_at) FILTER (WHERE error <> '') AS last_failure,
           avg(seconds) FILTER (WHERE error = '') AS mean_seconds
    FROM stats_refreshlog WHERE stats_refreshlog.view = known.view
) AS log;
