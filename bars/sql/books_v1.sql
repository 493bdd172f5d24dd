-- What every app's books rest on: the business date, and one lock a bar that a close of the day takes alone.

-- The date on the bar's wall, less a day before its closing hour (0 to 23).
CREATE FUNCTION bars_business_date(moment timestamptz, zone text, closing_hour integer) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ((moment AT TIME ZONE zone) - make_interval(hours => closing_hour))::date
$$;

-- Writers of a bar's books share this lock until they commit; who closes a day or changes what the figures mean
-- (currency, zone, closing hour) takes it alone, so no sale is under way then. Take it before any row: behind
-- somebody who waits for it alone, a writer that held rows would be waited for in a circle.
CREATE FUNCTION bars_open_books(bar uuid) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock_shared(hashtextextended('books ' || bar, 0))
$$;

CREATE FUNCTION bars_hold_books(bar uuid) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('books ' || bar, 0))
$$;

-- A bar that has an owner keeps one: the last can't leave, nor be given another role or bar.
CREATE FUNCTION bars_keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('owners ' || OLD.bar_id, 0));  -- two owners who leave at once
    IF NOT EXISTS (
        SELECT FROM bars_member
        WHERE bar_id = OLD.bar_id AND role = 'owner' AND is_active AND id <> OLD.id
    ) THEN
        RAISE EXCEPTION 'bar % would be left without an owner', OLD.bar_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_bar_keeps_an_owner';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bars_keep_an_owner BEFORE UPDATE ON bars_member FOR EACH ROW
WHEN (OLD.role = 'owner' AND OLD.is_active AND NOT (NEW.role = 'owner' AND NEW.is_active AND NEW.bar_id = OLD.bar_id))
EXECUTE FUNCTION bars_keep_an_owner();
