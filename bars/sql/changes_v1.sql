-- Who has changed a bar, its team, an account, a switch or a feature, when, and from what to what: one row for each change
-- of a row, whoever writes it. Rows of bars_change are only added, and by this function alone.

-- Called with the kind of change, the columns that are looked at, and those of them whose values are kept nowhere.
-- Who it is the application says for its transaction (realtime/acting.py); in psql it is the role alone, unless one says:
-- SET LOCAL realtime.acting = '<id of a person>'.
CREATE FUNCTION bars_keep_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    kind CONSTANT text := TG_ARGV[0];
    before CONSTANT jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    later CONSTANT jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    fact CONSTANT jsonb := coalesce(later, before);
BEGIN
    INSERT INTO bars_change (kind, bar_id, person_id, name, who_id, role, was, became)
    SELECT kind,
           (CASE kind WHEN 'bar' THEN fact ->> 'id' WHEN 'member' THEN fact ->> 'bar_id' END)::uuid,
           (CASE kind WHEN 'account' THEN fact ->> 'id' WHEN 'member' THEN fact ->> 'user_id' END)::uuid,
           CASE WHEN kind IN ('switch', 'feature') THEN fact ->> 'name' ELSE '' END,
           nullif(current_setting('realtime.acting', true), '')::uuid,
           session_user,
           jsonb_object_agg(looked.at, CASE WHEN NOT looked.at = ANY(TG_ARGV[2]::text[]) THEN before -> looked.at END)
               FILTER (WHERE before IS NOT NULL),
           jsonb_object_agg(looked.at, CASE WHEN NOT looked.at = ANY(TG_ARGV[2]::text[]) THEN later -> looked.at END)
               FILTER (WHERE later IS NOT NULL)
    FROM unnest(TG_ARGV[1]::text[]) AS looked (at)
    WHERE before -> looked.at IS DISTINCT FROM later -> looked.at
    HAVING count(*) > 0;
    RETURN NULL;
END $$;

CREATE TRIGGER changes_are_kept AFTER UPDATE ON bars_bar FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW)
EXECUTE FUNCTION bars_keep_change(
    'bar',
    '{name,slug,currency,time_zone,closing_hour,mode,address,phone,is_active,offline_hours,discount_limit,consignment_days}',
    '{}'
);
CREATE TRIGGER changes_are_kept AFTER INSERT OR UPDATE ON bars_member FOR EACH ROW
EXECUTE FUNCTION bars_keep_change('member', '{role,is_active,user_id,bar_id}', '{}');
-- Not the moment of the last sign-in, which is written at each.
CREATE TRIGGER changes_are_kept AFTER UPDATE OF username, password, is_active, is_staff, is_superuser ON bars_user
FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW)
EXECUTE FUNCTION bars_keep_change('account', '{username,password,is_active,is_staff,is_superuser}', '{password}');
CREATE TRIGGER changes_are_kept AFTER INSERT OR UPDATE OR DELETE ON realtime_switch FOR EACH ROW
EXECUTE FUNCTION bars_keep_change('switch', '{is_on,note}', '{}');
CREATE TRIGGER changes_are_kept AFTER INSERT OR UPDATE OR DELETE ON realtime_feature FOR EACH ROW
EXECUTE FUNCTION bars_keep_change('feature', '{share,keys,note}', '{}');
