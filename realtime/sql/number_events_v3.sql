-- One call a transaction for all that it has staged: the first row calls, the rest only wait with it.
-- `realtime.numbering` says where this transaction is: '' has staged nothing, 'due' is called, 'done' has numbered,
-- 'again' is called once more (a deferred trigger has staged since).

ALTER TABLE realtime_staged ADD COLUMN calls boolean NOT NULL DEFAULT true;
DROP TRIGGER realtime_number_at_commit ON realtime_staged;
CREATE CONSTRAINT TRIGGER realtime_number_at_commit AFTER INSERT ON realtime_staged
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.calls) EXECUTE FUNCTION realtime_staged_at_commit();

CREATE OR REPLACE FUNCTION realtime_stage(stream text, topic text, type text, data jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    now_at CONSTANT text := coalesce(current_setting('realtime.numbering', true), '');
    calls CONSTANT boolean := now_at IN ('', 'done');
BEGIN
    IF calls THEN  -- before the insert, whose trigger may fire within it
        PERFORM set_config('realtime.numbering', CASE now_at WHEN '' THEN 'due' ELSE 'again' END, true);
    END IF;
    INSERT INTO realtime_staged (stream, topic, type, data, calls) VALUES (stream, topic, type, data, calls);
END $$;

-- As in v2. Numbering again lengthens the row that this transaction has left for the relay: its events are one frame to
-- those who are here, as they are to those who resume.
CREATE OR REPLACE FUNCTION realtime_number_events() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    mine CONSTANT xid8 := pg_current_xact_id();
    now_at CONSTANT text := coalesce(current_setting('realtime.numbering', true), '');
    is_again CONSTANT boolean := now_at = 'again';
    moment timestamptz;
    today smallint;
BEGIN
    IF now_at = 'done' THEN
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
    )
    INSERT INTO realtime_outbox (stream, slot, first_seq, last_seq, committed_at)
    SELECT stream, today, seq - events + 1, seq, moment FROM bumped JOIN packed USING (stream);
    IF is_again THEN  -- nobody else has numbered in these streams since: their heads are locked
        WITH joined AS (
            DELETE FROM realtime_outbox AS later USING realtime_outbox AS earlier
            WHERE later.committed_at = moment AND earlier.stream = later.stream
              AND earlier.last_seq = later.first_seq - 1 AND EXISTS (
                SELECT FROM realtime_event AS event
                WHERE event.stream = earlier.stream AND event.seq = earlier.last_seq AND event.slot = earlier.slot
                  AND event.xid = mine::text::bigint
            )
            RETURNING earlier.id, later.last_seq
        )
        UPDATE realtime_outbox AS due SET last_seq = joined.last_seq FROM joined WHERE due.id = joined.id;
    END IF;
    PERFORM set_config('realtime.numbering', 'done', true);
    -- No bell into a queue that is nearly full (somebody listens and doesn't read): a full one fails the COMMIT, that
    -- is the sale, and the relay looks once a second anyway. Asking also clears away what all have read.
    IF (SELECT last_value FROM realtime_bell) = 1 AND pg_notification_queue_usage() < 0.9 THEN
        PERFORM pg_notify('stats_changed', '');
    END IF;
END $$;
