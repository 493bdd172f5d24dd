-- Each bar with its owner and how many work there: one read where a list of bars took a query a bar.
CREATE MATERIALIZED VIEW bars_with_stats AS
SELECT bar.id AS bar_id, bar.name, bar.address, bar.phone, bar.is_active, bar.created_at,
       jsonb_build_object(
           'currency', bar.currency, 'time_zone', bar.time_zone, 'closing_hour', bar.closing_hour, 'mode', bar.mode,
           'offline_hours', bar.offline_hours, 'discount_limit', bar.discount_limit,
           'consignment_days', bar.consignment_days
       ) AS settings,
       coalesce(owner.name, '') AS owner_name, team.members AS member_count
FROM bars_bar AS bar
LEFT JOIN LATERAL (
    SELECT coalesce(nullif(person.first_name, ''), person.username) AS name
    FROM bars_member AS member JOIN bars_user AS person ON person.id = member.user_id
    WHERE member.bar_id = bar.id AND member.role = 'owner' AND member.is_active AND person.is_active
    ORDER BY member.created_at, member.id LIMIT 1
) AS owner ON true
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS members
    FROM bars_member AS member JOIN bars_user AS person ON person.id = member.user_id
    WHERE member.bar_id = bar.id AND member.is_active AND person.is_active
) AS team;

CREATE UNIQUE INDEX bars_with_stats_key ON bars_with_stats (bar_id);
