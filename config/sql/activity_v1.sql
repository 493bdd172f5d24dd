-- What the sessions of this server do at this moment, which Postgres shows in full to their owner alone: how many run on
-- a processor (active, and waiting for nothing), the part of the allowed connections that is taken (of the server, of this
-- database or of this login, whichever is nearest to its limit), and the ages in seconds of the oldest transaction and of
-- the longest idle one in this database.
CREATE FUNCTION config_activity(
    OUT running integer, OUT taken double precision, OUT oldest double precision, OUT idle double precision
)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
SELECT pg_stat_clear_snapshot();  -- or a transaction that asks twice is told the same
SELECT (count(*) FILTER (WHERE state = 'active' AND wait_event_type IS NULL AND pid <> pg_backend_pid()))::integer,
       greatest(
           count(*) FILTER (WHERE is_client)::float8 / (
               current_setting('max_connections')::integer - current_setting('reserved_connections')::integer
               - current_setting('superuser_reserved_connections')::integer
           ),
           count(*) FILTER (WHERE is_client AND is_here)::float8 / (
               SELECT nullif(greatest(datconnlimit, 0), 0) FROM pg_database WHERE datname = current_database()
           ),
           count(*) FILTER (WHERE is_client AND usename = session_user)::float8 / (
               SELECT nullif(greatest(rolconnlimit, 0), 0) FROM pg_roles WHERE rolname = session_user
           )
       ),
       coalesce(max(age) FILTER (WHERE is_client AND is_here AND pid <> pg_backend_pid()), 0),
       coalesce(max(idle_for) FILTER (WHERE is_client AND is_here), 0)
FROM (
    SELECT pid, state, wait_event_type, usename, backend_type = 'client backend' AS is_client,
           datname = current_database() AS is_here, extract(epoch FROM clock_timestamp() - xact_start)::float8 AS age,
           CASE WHEN state LIKE 'idle in transaction%'
                THEN extract(epoch FROM clock_timestamp() - state_change)::float8 END AS idle_for
    FROM pg_stat_activity
) AS one
$$;
REVOKE EXECUTE ON FUNCTION config_activity FROM PUBLIC;
