-- What a game counts, kept true whoever writes; and what every player has to show, kept by triggers.

-- A schema: each key has a type, only numbers are ranked, and the ratio is made of ranked keys.
CREATE FUNCTION stats_is_schema(keys jsonb, ratio jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_typeof(keys) = 'object' AND keys <> '{}'
       AND NOT EXISTS (
           SELECT FROM jsonb_each(keys) AS one (key, told)
           WHERE one.key !~ '^[a-z][A-Za-z0-9]{0,29}$'
              OR (SELECT array_agg(name ORDER BY name) FROM jsonb_object_keys(told) AS name) <> '{ranked,type}'
              OR told ->> 'type' NOT IN ('integer', 'number', 'text', 'boolean')
              OR jsonb_typeof(told -> 'ranked') <> 'boolean'
              OR (told -> 'ranked')::boolean AND told ->> 'type' NOT IN ('integer', 'number')
       )
       AND (ratio IS NULL OR NOT EXISTS (
           SELECT FROM jsonb_array_elements_text((ratio -> 'over') || (ratio -> 'under')) AS key
           WHERE coalesce(keys -> key -> 'ranked', 'false') <> 'true'
       ) AND ratio ? 'name' AND jsonb_array_length(ratio -> 'over') > 0 AND jsonb_array_length(ratio -> 'under') > 0)
$$;
ALTER TABLE stats_gameschema ADD CONSTRAINT a_schema_gives_each_key_a_type CHECK (stats_is_schema(keys, ratio));

ALTER TABLE stats_gamestats ADD CONSTRAINT stats_are_of_the_schemas_game
FOREIGN KEY (game_id, schema_id) REFERENCES stats_gameschema (game_id, id);
ALTER TABLE stats_gamestats ADD CONSTRAINT stats_are_an_object CHECK (jsonb_typeof(stats) = 'object');

-- Zero is a value; nothing is negative, and nothing has more than four decimals, so that sums are exact.
CREATE FUNCTION stats_fits(value jsonb, type text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN type IS NULL THEN false  -- an unknown key
        WHEN type = 'text' THEN jsonb_typeof(value) = 'string' AND length(value #>> '{}') BETWEEN 1 AND 60
        WHEN type = 'boolean' THEN jsonb_typeof(value) = 'boolean'
        WHEN jsonb_typeof(value) <> 'number' THEN false
        ELSE value::numeric BETWEEN 0 AND 1000000000
         AND value::numeric = round(value::numeric, CASE type WHEN 'integer' THEN 0 ELSE 4 END)
    END
$$;

-- A match that is live or was played, by who has played it, in the words of the game's schema.
CREATE FUNCTION stats_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    PERFORM FROM stats_match WHERE id IN (SELECT match_id FROM after) ORDER BY id FOR SHARE;  -- none is rewound meanwhile
    SELECT after.match_id AS match INTO wrong
    FROM after
    JOIN stats_match AS match ON match.id = after.match_id
    JOIN stats_tournament AS tournament ON tournament.id = match.tournament_id
    WHERE tournament.game_id <> after.game_id
       OR NOT (match.state = 'live' OR match.outcome = 'played')
       OR NOT EXISTS (
           SELECT FROM stats_entry AS entry
           WHERE entry.id IN (match.home_id, match.away_id) AND entry.player_id = after.player_id
       )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'match % is not being played, or not by this player, or not in this game', wrong.match
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stats_are_of_who_has_played';
    END IF;
    SELECT one.key, schema.keys -> one.key ->> 'type' AS type INTO wrong
    FROM after
    JOIN stats_gameschema AS schema ON schema.id = after.schema_id
    CROSS JOIN LATERAL jsonb_each(after.stats) AS one
    WHERE NOT stats_fits(one.value, schema.keys -> one.key ->> 'type')
    ORDER BY schema.keys ? one.key
    LIMIT 1;
    IF FOUND AND wrong.type IS NULL THEN
        RAISE EXCEPTION 'the schema does not know %', wrong.key
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stats_hold_what_the_schema_knows';
    ELSIF FOUND THEN
        RAISE EXCEPTION '% is not %', wrong.key, wrong.type
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stats_have_the_types_of_the_schema';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER a_record_is_checked AFTER INSERT ON stats_gamestats
REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION stats_recorded();
CREATE TRIGGER a_changed_record_is_checked AFTER UPDATE ON stats_gamestats
REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION stats_recorded();

-- Totals follow what is recorded, changed and gone. In the order of their keys, so that no two writers wait for each other.
CREATE FUNCTION stats_totalled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moved record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO stats_playertotal AS kept (player_id, game_id, key, bar_id, total, matches)
        SELECT added.player_id, added.game_id, one.key, added.bar_id, sum(one.value::numeric), count(*)
        FROM after AS added
        JOIN stats_gameschema AS schema ON schema.id = added.schema_id
        CROSS JOIN LATERAL jsonb_each(added.stats) AS one
        WHERE (schema.keys -> one.key -> 'ranked')::boolean
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3
        ON CONFLICT (player_id, game_id, key)
        DO UPDATE SET total = kept.total + excluded.total, matches = kept.matches + excluded.matches;
    ELSIF TG_OP = 'UPDATE' THEN
        FOR moved IN
            SELECT one.player_id, one.game_id, one.bar_id, ranked.key, sum(one.sign * ranked.value::numeric) AS total,
                   sum(one.sign) AS matches
            FROM (SELECT 1 AS sign, * FROM after UNION ALL SELECT -1, * FROM before) AS one
            JOIN stats_gameschema AS schema ON schema.id = one.schema_id
            CROSS JOIN LATERAL jsonb_each(one.stats) AS ranked
            WHERE (schema.keys -> ranked.key -> 'ranked')::boolean
            GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 4
        LOOP
            UPDATE stats_playertotal AS kept SET total = kept.total + moved.total, matches = kept.matches + moved.matches
            WHERE (player_id, game_id, key) = (moved.player_id, moved.game_id, moved.key);
            IF NOT FOUND THEN  -- so far nothing was recorded of this key: there is nothing to take off
                INSERT INTO stats_playertotal AS kept (player_id, game_id, key, bar_id, total, matches)
                VALUES (moved.player_id, moved.game_id, moved.key, moved.bar_id, moved.total, moved.matches)
                ON CONFLICT (player_id, game_id, key)
                DO UPDATE SET total = kept.total + excluded.total, matches = kept.matches + excluded.matches;
            END IF;
        END LOOP;
    ELSE
        PERFORM FROM stats_playertotal WHERE (player_id, game_id) IN (SELECT player_id, game_id FROM before)
        ORDER BY player_id, game_id, key FOR NO KEY UPDATE;
        UPDATE stats_playertotal AS kept SET total = kept.total - gone.total, matches = kept.matches - gone.matches
        FROM (
            SELECT before.player_id, before.game_id, one.key, sum(one.value::numeric) AS total, count(*) AS matches
            FROM before
            JOIN stats_gameschema AS schema ON schema.id = before.schema_id
            CROSS JOIN LATERAL jsonb_each(before.stats) AS one
            WHERE (schema.keys -> one.key -> 'ranked')::boolean
            GROUP BY 1, 2, 3
        ) AS gone
        WHERE (kept.player_id, kept.game_id, kept.key) = (gone.player_id, gone.game_id, gone.key);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER what_is_recorded_counts AFTER INSERT ON stats_gamestats
REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION stats_totalled();
CREATE TRIGGER what_is_changed_counts AFTER UPDATE ON stats_gamestats
REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION stats_totalled();
CREATE TRIGGER what_is_gone_counts_no_more AFTER DELETE ON stats_gamestats
REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION stats_totalled();
