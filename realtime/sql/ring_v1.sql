-- Empties the ring's next slot, which holds the events of four days ago: what is kept is 72 hours at least. Says what
-- became of it: emptied; empty (there was nothing); young (something in it is younger: a clock has jumped); busy (somebody
-- reads it: who waits behind this lock waits a fifth of a second at most; try again later). No sale writes here today.
CREATE FUNCTION realtime_empty_next_slot() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
    today CONSTANT bigint := extract(epoch FROM clock_timestamp())::bigint / 86400;
    slot CONSTANT regclass := format('realtime_event_%s', (today + 1) % 5)::regclass;
    newest timestamptz;
BEGIN
    EXECUTE format('SELECT max(created_at) FROM %s', slot) INTO newest;
    IF newest IS NULL THEN
        RETURN 'empty';
    ELSIF newest > clock_timestamp() - interval '72 hours' THEN
        RETURN 'young';
    END IF;
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', slot);
    IF extract(epoch FROM clock_timestamp())::bigint / 86400 <> today THEN
        RETURN 'busy';  -- midnight has passed: sales write here now
    END IF;
    EXECUTE format('TRUNCATE %s', slot);
    RETURN 'emptied';
EXCEPTION WHEN lock_not_available THEN
    RETURN 'busy';
END $$;
REVOKE EXECUTE ON FUNCTION realtime_empty_next_slot FROM PUBLIC;
