-- Another mode, or a bar that closes or opens again, changes what its whole team may do. One event a person,
-- however many bars change at once.
CREATE FUNCTION bars_access_of_team_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM realtime_stage('user.' || person, 'account', 'access.changed', jsonb_build_object('user', person))
    FROM (
        SELECT DISTINCT member.user_id AS person
        FROM before
        JOIN after ON after.id = before.id
        JOIN bars_member AS member ON member.bar_id = after.id AND member.is_active
        WHERE (before.mode, before.is_active) IS DISTINCT FROM (after.mode, after.is_active)
    ) AS team;
    RETURN NULL;
END $$;
CREATE TRIGGER bars_access_of_team_changed AFTER UPDATE ON bars_bar
REFERENCING OLD TABLE AS before NEW TABLE AS after
FOR EACH STATEMENT EXECUTE FUNCTION bars_access_of_team_changed();
