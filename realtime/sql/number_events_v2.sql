-- The bell hangs where it is cheap to look: see docs/realtime.md, "Doorbell, relay, ring".

-- 1: the relay sleeps, ring. 0: it looks every few milliseconds, a bell would only cost (a commit that notifies waits
-- for every other that does). A sequence, not a row: writing it takes no lock and no transaction, leaves no dead version
-- behind a long snapshot, and is seen at once by transactions that began before. Unlogged: after a crash it is 1 again.
CREATE UNLOGGED SEQUENCE realtime_bell MINVALUE 0 MAXVALUE 1 START 1;

-- Found by transaction and never by number.
ALTER TABLE realtime_staged DROP CONSTRAINT realtime_staged_pkey;

-- What is staged after the numbering, by a deferred trigger that fires later, is numbered again.
CREATE OR REPLACE FUNCTION realtime_stage(stream text, topic text, type text, data jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('realtime.numbered', true) <> '' THEN
        PERFORM set_config('realtime.numbered', 'again', true);  -- before the insert, whose trigger may fire within it
    END IF;
    INSERT INTO realtime_staged (stream, topic, type, data) VALUES (stream, topic, type, data);
END $$;

-- As in v1, from one reading of what is staged, packed into a row a stream. Numbering again lengthens the row that this
-- transaction has left for the relay: its events are one frame to those who are here, as they are to those who resume.
CREATE OR REPLACE FUNCTION realtime_number_events() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    mine CONSTANT xid8 := pg_current_xact_id();
    is_again CONSTANT boolean := current_setting('realtime.numbered', true) = 'again';
    moment timestamptz;
    today smallint;
BEGIN
    IF current_setting('realtime.numbered', true) = mine::text THEN
        RETURN;
    END IF;
    moment := clock_timestamp();
    today := (extract(epoch FROM moment)::bigint / 86400) % 5;
    WITH staged AS (
        DELETE FROM realtime_staged WHERE xid = mine RETURNING id, stream, topic, type, data
    ), packed AS MATERIALIZED (
        SELECT stream, CASE WHEN count(*) > 200 THEN 1 ELSE count(*) END AS events,
               CASE WHEN count(*) > 200 THEN '{""}' ELSE array_agg(topic ORDER BY id) END AS topics,
               CASE WHEN count(*) > 200 THEN '{invalidate}' ELSE array_agg(type ORDER BY id) END AS types,
               CASE WHEN count(*) > 200
                   THEN ARRAY[jsonb_build_object('topics', ARRAY(SELECT DISTINCT unnest(array_agg(topic)) ORDER BY 1))]
                   ELSE array_agg(data ORDER BY id) END AS data
        FROM staged GROUP BY stream
    ), bumped AS (
        INSERT INTO realtime_streamhead AS head (stream, epoch, seq)
        SELECT stream, (SELECT value FROM realtime_epoch), events
        FROM packed
        ORDER BY stream COLLATE "C"
        ON CONFLICT (stream) DO UPDATE SET seq = head.seq + excluded.seq
        RETURNING head.stream, head.seq
    ), logged AS (
        INSERT INTO realtime_event (stream, seq, slot, topic, type, data, xid, created_at)
        SELECT stream, seq - events + event.place, today, event.topic, event.type, event.data, mine::text::bigint,
               moment
        FROM bumped JOIN packed USING (stream)
        CROSS JOIN unnest(topics, types, data) WITH ORDINALITY AS event (topic, type, data, place)
    ), lengthened AS (
        UPDATE realtime_outbox AS due SET last_seq = bumped.seq
        FROM bumped JOIN packed USING (stream)
        WHERE is_again AND due.stream = bumped.stream AND due.last_seq = bumped.seq - packed.events AND EXISTS (
            SELECT FROM realtime_event AS event
            WHERE event.stream = due.stream AND event.seq = due.last_seq AND event.slot = due.slot
              AND event.xid = mine::text::bigint
        )
        RETURNING due.stream
    )
    INSERT INTO realtime_outbox (stream, slot, first_seq, last_seq, committed_at)
    SELECT stream, today, seq - events + 1, seq, moment FROM bumped JOIN packed USING (stream)
    WHERE NOT (is_again AND stream IN (SELECT stream FROM lengthened));
    PERFORM set_config('realtime.numbered', mine::text, true);
    -- No bell into a queue that is nearly full (somebody listens and doesn't read): a full one fails the COMMIT, that
    -- is the sale, and the relay looks once a second anyway. Asking also clears away what all have read.
    IF (SELECT last_value FROM realtime_bell) = 1 AND pg_notification_queue_usage() < 0.9 THEN
        PERFORM pg_notify('stats_changed', '');
    END IF;
END $$;
