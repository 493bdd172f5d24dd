-- Messages: numbered, said once, and taken back for good.

CREATE FUNCTION realtime_streams_of(conversation uuid) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN one.stream IS NULL THEN ARRAY['user.' || one.first_id, 'user.' || one.second_id]
                ELSE ARRAY[one.stream] END
    FROM realtime_conversation AS one WHERE one.id = $1
$$;

-- Of two, both are told how far the other is. In a whole team that would be an event to everybody for each message and
-- reader: there it goes to the reader's own devices.
CREATE FUNCTION realtime_told_of_reading(conversation uuid, reader uuid) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN one.stream IS NULL THEN realtime_streams_of(one.id) ELSE ARRAY['user.' || $2] END
    FROM realtime_conversation AS one WHERE one.id = $1
$$;

-- Numbers follow the order of commits: the conversation's row is locked until then, so a read mark never passes over
-- a message that nobody could see yet. As the owner, because the application may not write the counter.
CREATE FUNCTION realtime_message_numbered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE realtime_conversation SET last_number = last_number + 1
    WHERE id = NEW.conversation_id RETURNING last_number INTO NEW.number;
    NEW.created_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER a_message_is_numbered BEFORE INSERT ON realtime_message
FOR EACH ROW EXECUTE FUNCTION realtime_message_numbered();

CREATE FUNCTION realtime_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'insufficient_privilege';
END $$;

-- By hand and not by pgtrigger, whose triggers a session can switch off.
CREATE TRIGGER a_message_is_only_taken_back BEFORE UPDATE ON realtime_message FOR EACH ROW
WHEN (
    OLD.deleted_at IS NOT NULL OR NEW.deleted_at IS NULL
    OR (OLD.id, OLD.conversation_id, OLD.number, OLD.author_id, OLD.key, OLD.created_at)
        IS DISTINCT FROM (NEW.id, NEW.conversation_id, NEW.number, NEW.author_id, NEW.key, NEW.created_at)
)
EXECUTE FUNCTION realtime_refuse('a message is not rewritten, only taken back');

-- The text is taken out of the log too, from which clients that come back are told. Older events are gone by then.
CREATE FUNCTION realtime_message_scrubbed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE realtime_event AS event SET data = event.data || '{"text": ""}'
    WHERE event.stream = ANY (realtime_streams_of(NEW.conversation_id))
      AND event.type = 'message.created' AND event.data ->> 'message' = NEW.id::text;
    RETURN NULL;
END $$;
CREATE TRIGGER a_text_leaves_the_log AFTER UPDATE ON realtime_message FOR EACH ROW
WHEN (OLD.text <> '' AND NEW.text = '' AND OLD.created_at > now() - interval '6 days')
EXECUTE FUNCTION realtime_message_scrubbed();
