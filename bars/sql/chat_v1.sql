-- Who may write in a conversation: the team in its bar's, and two people for as long as they share a bar.

CREATE FUNCTION bars_may_write(conversation uuid, person uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM realtime_conversation AS one
        JOIN bars_member AS mine ON mine.user_id = $2 AND mine.is_active
        JOIN bars_bar AS bar ON bar.id = mine.bar_id AND bar.is_active
        JOIN bars_user AS me ON me.id = mine.user_id AND me.is_active
        WHERE one.id = $1 AND (
            one.stream = 'bar.' || mine.bar_id
            OR $2 IN (one.first_id, one.second_id) AND EXISTS (
                SELECT FROM bars_member AS theirs
                JOIN bars_user AS other ON other.id = theirs.user_id AND other.is_active
                WHERE theirs.bar_id = mine.bar_id AND theirs.is_active
                  AND theirs.user_id = CASE WHEN one.first_id = $2 THEN one.second_id ELSE one.first_id END
            )
        )
    )
$$;

CREATE FUNCTION bars_message_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT bars_may_write(NEW.conversation_id, NEW.author_id) THEN
        RAISE EXCEPTION '% is not in conversation %', NEW.author_id, NEW.conversation_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_message_is_from_who_is_there';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_message_is_from_who_is_there BEFORE INSERT ON realtime_message
FOR EACH ROW EXECUTE FUNCTION bars_message_written();

-- A bar has its conversation from its first day on.
CREATE FUNCTION bars_conversation_opened() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO realtime_conversation (stream) VALUES ('bar.' || NEW.id) ON CONFLICT (stream) DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER a_bar_has_a_conversation AFTER INSERT ON bars_bar
FOR EACH ROW EXECUTE FUNCTION bars_conversation_opened();
INSERT INTO realtime_conversation (stream) SELECT 'bar.' || id FROM bars_bar ON CONFLICT (stream) DO NOTHING;

-- What was said before somebody came is not unread to them.
CREATE FUNCTION bars_newcomer_has_read() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO realtime_readmark (conversation_id, user_id, number)
    SELECT id, NEW.user_id, last_number FROM realtime_conversation
    WHERE stream = 'bar.' || NEW.bar_id AND last_number > 0
    ON CONFLICT (conversation_id, user_id) DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER a_newcomer_starts_at_the_end AFTER INSERT ON bars_member
FOR EACH ROW EXECUTE FUNCTION bars_newcomer_has_read();
