-- Leaves the last event of each stream that has moved since `moment` for the relay, whoever may have got it already: who
-- has drops it by its number, who hasn't reads what is missing. For a relay whose outbox a crash of Postgres has
-- emptied. Rings no bell: within a second the relay looks.
CREATE FUNCTION realtime_announce(moment timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    streams bigint;
BEGIN
    INSERT INTO realtime_outbox (stream, slot, first_seq, last_seq, committed_at)
    SELECT stream, event.slot, seq, seq, clock_timestamp()
    FROM realtime_streamhead AS head JOIN realtime_event AS event USING (stream, seq)
    WHERE event.created_at >= moment;
    GET DIAGNOSTICS streams = ROW_COUNT;
    RETURN streams;
END $$;

-- Begins another life of this database, and returns its name: every cursor from before is refused. Writers wait until
-- this transaction ends, so that none of them numbers in the old one.
DROP FUNCTION realtime_rotate_epoch;
CREATE FUNCTION realtime_rotate_epoch() RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    life text;
BEGIN
    LOCK TABLE realtime_streamhead IN EXCLUSIVE MODE;
    UPDATE realtime_epoch SET value = substr(md5(gen_random_uuid()::text), 1, 8) RETURNING value INTO life;
    UPDATE realtime_streamhead SET epoch = life;
    PERFORM realtime_announce('-infinity');
    RETURN life;
END $$;
