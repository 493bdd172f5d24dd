-- Facts that somebody should look at. An app tells and settles them from its own triggers, or by realtime.notifications.

-- Tell a fact, unless it is told already: then only what is known of it changes. Within `calm` of its end the same fact
-- isn't news: the row comes back as it was, with what people have marked on it. A transaction that writes the past says
-- SET LOCAL realtime.quiet = 'on'.
CREATE FUNCTION realtime_notify(
    stream text, topic text, kind text, subject text, data jsonb, calm interval DEFAULT '0'
) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    IF current_setting('realtime.quiet', true) = 'on' THEN
        RETURN;
    END IF;
    IF calm > '0' THEN
        UPDATE realtime_notification AS known SET resolved_at = NULL, data = $5
        WHERE known.id = (
            SELECT id FROM realtime_notification AS last
            WHERE (last.stream, last.kind, last.subject) = ($1, $3, $4)
            ORDER BY id DESC LIMIT 1
        ) AND known.resolved_at > clock_timestamp() - calm;
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;
    INSERT INTO realtime_notification AS known (stream, topic, kind, subject, data)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (stream, kind, subject) WHERE resolved_at IS NULL
    DO UPDATE SET data = excluded.data WHERE known.data <> excluded.data;
END $$;

CREATE FUNCTION realtime_resolve(stream text, kind text, subject text) RETURNS void LANGUAGE sql AS $$
    UPDATE realtime_notification AS known SET resolved_at = clock_timestamp()
    WHERE (known.stream, known.kind, known.subject) = ($1, $2, $3) AND known.resolved_at IS NULL
$$;
