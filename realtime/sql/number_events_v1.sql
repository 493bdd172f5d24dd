-- From a staged row to a numbered event. See docs/realtime.md.

-- One row: the life of this database. After a restore realtime_rotate_epoch() begins another, so that
-- cursors from the lost future are refused.
CREATE TABLE realtime_epoch (
    value text NOT NULL CHECK (value ~ '^[a-z0-9]{1,16}$'),
    is_current boolean PRIMARY KEY DEFAULT true CHECK (is_current)
);
INSERT INTO realtime_epoch (value) VALUES (substr(md5(gen_random_uuid()::text), 1, 8));

CREATE FUNCTION realtime_rotate_epoch() RETURNS void LANGUAGE sql AS $$
    UPDATE realtime_epoch SET value = substr(md5(gen_random_uuid()::text), 1, 8);
    UPDATE realtime_streamhead SET epoch = (SELECT value FROM realtime_epoch);
$$;

-- Events wait here from the statement that caused them to the commit that numbers them. No row outlives
-- its transaction, so nothing is lost with a crash: unlogged.
CREATE UNLOGGED TABLE realtime_staged (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    stream text COLLATE "C" NOT NULL,
    topic text NOT NULL,
    type text NOT NULL,
    data jsonb NOT NULL
);
CREATE INDEX realtime_staged_by_transaction ON realtime_staged (xid);

-- What the relay has not yet carried: one row per stream and transaction. A crash may empty it; every
-- reader finds the gap by comparing heads.
CREATE UNLOGGED TABLE realtime_outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream text NOT NULL,
    slot smallint NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    committed_at timestamptz NOT NULL
);

-- Retention is a ring of five days: slot = days since 1970 modulo 5, all partitions here from the start.
CREATE TABLE realtime_event (
    stream text COLLATE "C" NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    slot smallint NOT NULL,
    topic text NOT NULL,
    type text NOT NULL,
    data jsonb NOT NULL,
    xid bigint NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (stream, seq, slot)
) PARTITION BY LIST (slot);
CREATE TABLE realtime_event_0 PARTITION OF realtime_event FOR VALUES IN (0);
CREATE TABLE realtime_event_1 PARTITION OF realtime_event FOR VALUES IN (1);
CREATE TABLE realtime_event_2 PARTITION OF realtime_event FOR VALUES IN (2);
CREATE TABLE realtime_event_3 PARTITION OF realtime_event FOR VALUES IN (3);
CREATE TABLE realtime_event_4 PARTITION OF realtime_event FOR VALUES IN (4);

CREATE FUNCTION realtime_stage(stream text, topic text, type text, data jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('realtime.numbered', true) <> '' THEN  -- constraints were checked early: number once more
        PERFORM set_config('realtime.numbered', '', true);  -- before the insert, whose trigger may fire within it
    END IF;
    INSERT INTO realtime_staged (stream, topic, type, data) VALUES (stream, topic, type, data);
END $$;

-- Numbers all that this transaction has staged: locks the heads of its streams in stream order with one
-- statement, gives out gapless numbers in commit order, logs the events, leaves a row for the relay and
-- rings. More than 200 events of one stream become one `invalidate` that names their topics.
-- Callers that hang their own writes on it (roll-ups) hold the heads' locks when it returns. Checking
-- constraints early locks the heads of what is staged so far: do it once, at the end, or transactions
-- may wait for each other.
CREATE FUNCTION realtime_number_events() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    mine CONSTANT xid8 := pg_current_xact_id();
    today CONSTANT smallint := (extract(epoch FROM clock_timestamp())::bigint / 86400) % 5;
    moment CONSTANT timestamptz := clock_timestamp();
BEGIN
    IF current_setting('realtime.numbered', true) = mine::text THEN
        RETURN;
    END IF;
    WITH counted AS (
        SELECT staged.stream, count(*) AS events, count(*) > 200 AS is_bulk, array_agg(DISTINCT staged.topic) AS topics
        FROM realtime_staged AS staged
        WHERE staged.xid = mine
        GROUP BY staged.stream
    ), bumped AS (
        INSERT INTO realtime_streamhead AS head (stream, epoch, seq)
        SELECT counted.stream, epoch.value, CASE WHEN counted.is_bulk THEN 1 ELSE counted.events END
        FROM counted CROSS JOIN realtime_epoch AS epoch
        ORDER BY counted.stream COLLATE "C"
        ON CONFLICT (stream) DO UPDATE SET seq = head.seq + excluded.seq
        RETURNING head.stream, head.seq
    ), numbered AS (
        SELECT staged.stream,
               bumped.seq - counted.events + row_number() OVER (PARTITION BY staged.stream ORDER BY staged.id) AS seq,
               staged.topic, staged.type, staged.data
        FROM realtime_staged AS staged
        JOIN counted ON counted.stream = staged.stream AND NOT counted.is_bulk
        JOIN bumped ON bumped.stream = staged.stream
        WHERE staged.xid = mine
        UNION ALL
        SELECT bumped.stream, bumped.seq, '', 'invalidate', jsonb_build_object('topics', to_jsonb(counted.topics))
        FROM bumped JOIN counted ON counted.stream = bumped.stream AND counted.is_bulk
    ), logged AS (
        INSERT INTO realtime_event (stream, seq, slot, topic, type, data, xid, created_at)
        SELECT stream, seq, today, topic, type, data, mine::text::bigint, moment FROM numbered
    )
    INSERT INTO realtime_outbox (stream, slot, first_seq, last_seq, committed_at)
    SELECT stream, today, min(seq), max(seq), moment FROM numbered GROUP BY stream;
    DELETE FROM realtime_staged WHERE xid = mine;
    PERFORM set_config('realtime.numbered', mine::text, true);
    PERFORM pg_notify('stats_changed', '');
END $$;

CREATE FUNCTION realtime_staged_at_commit() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM realtime_number_events();
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER realtime_number_at_commit AFTER INSERT ON realtime_staged
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION realtime_staged_at_commit();
