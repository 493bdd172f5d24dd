-- The life of a tournament, kept true whoever writes: the service, the admin, or psql. Whatever changes one first has
-- its row, so that two operators come one after the other.

CREATE FUNCTION stats_refuse(sentence text, fact text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', sentence USING ERRCODE = 'check_violation', CONSTRAINT = fact;
END $$;

-- It was changed: told once for each transaction.
CREATE FUNCTION stats_touch(tournaments uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE stats_tournament SET changed_in = pg_current_xact_id()::text::bigint
    WHERE id = ANY(tournaments) AND changed_in IS DISTINCT FROM pg_current_xact_id()::text::bigint;
END $$;

-- Tournaments

CREATE FUNCTION stats_tournament_goes_on() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    players integer;
    seated integer;
    last integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'open' THEN
            PERFORM stats_refuse('a tournament is born open', 'a_tournament_goes_the_way_of_its_life');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status = NEW.status THEN  -- the seed then differs
        PERFORM stats_refuse('a draw stays as it was made', 'a_draw_is_for_good');
    END IF;
    IF OLD.status <> 'open' AND OLD.seed <> NEW.seed THEN
        PERFORM stats_refuse('a draw stays as it was made', 'a_draw_is_for_good');
    END IF;
    IF (OLD.status, NEW.status) NOT IN (
        ('open', 'running'), ('open', 'cancelled'), ('running', 'finished'), ('running', 'cancelled'),
        ('finished', 'running')
    ) THEN
        PERFORM stats_refuse(format('a tournament does not go from %s to %s', OLD.status, NEW.status),
                             'a_tournament_goes_the_way_of_its_life');
    END IF;
    IF OLD.status = 'open' AND NEW.status = 'running' THEN
        SELECT count(*), count(seat), max(seat) INTO players, seated, last
        FROM stats_entry WHERE tournament_id = NEW.id AND (withdrawn_at IS NULL OR seat IS NOT NULL);
        IF players NOT BETWEEN 4 AND 64 THEN
            PERFORM stats_refuse(format('%s players are not 4 to 64', players), 'a_tournament_has_4_to_64_players');
        END IF;
        IF (seated, last) <> (players, players) THEN
            PERFORM stats_refuse('not everybody has a seat', 'everybody_has_a_seat');
        END IF;
    END IF;
    IF NEW.status = 'finished' AND EXISTS (
        SELECT FROM stats_match WHERE tournament_id = NEW.id AND state <> 'confirmed'
    ) THEN
        PERFORM stats_refuse('matches are still to be played', 'a_tournament_ends_with_its_last_match');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_tournament_is_born_open BEFORE INSERT ON stats_tournament
FOR EACH ROW EXECUTE FUNCTION stats_tournament_goes_on();
CREATE TRIGGER a_tournament_goes_the_way_of_its_life BEFORE UPDATE ON stats_tournament FOR EACH ROW
WHEN ((OLD.status, OLD.seed) IS DISTINCT FROM (NEW.status, NEW.seed)) EXECUTE FUNCTION stats_tournament_goes_on();

CREATE TRIGGER changes_are_noted_by_triggers BEFORE UPDATE ON stats_tournament FOR EACH ROW
WHEN (pg_trigger_depth() = 0 AND OLD.changed_in IS DISTINCT FROM NEW.changed_in)
EXECUTE FUNCTION stock_refuse('which transaction has changed a tournament stays as triggers have noted it');

-- Entries

CREATE FUNCTION stats_entered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    tournament stats_tournament;
    entries integer;
    last integer;
BEGIN
    SELECT * INTO tournament FROM stats_tournament WHERE id = NEW.tournament_id FOR NO KEY UPDATE;
    SELECT count(*), coalesce(max(seat), 0) INTO entries, last FROM stats_entry WHERE tournament_id = NEW.tournament_id;
    IF entries >= 64 THEN
        PERFORM stats_refuse('a tournament has 64 players at most', 'a_tournament_has_4_to_64_players');
    END IF;
    NEW.seat := NULL;
    IF (tournament.status, tournament.format) = ('running', 'leaderboard') THEN
        NEW.seat := last + 1;
    ELSIF tournament.status <> 'open' THEN
        PERFORM stats_refuse('the tournament is not open for entries', 'players_enter_while_a_tournament_is_open');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER players_enter_while_a_tournament_is_open BEFORE INSERT ON stats_entry
FOR EACH ROW EXECUTE FUNCTION stats_entered();

CREATE FUNCTION stats_entry_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    status text;
BEGIN
    SELECT tournament.status INTO status
    FROM stats_tournament AS tournament WHERE id = NEW.tournament_id FOR NO KEY UPDATE;
    IF OLD.seat IS DISTINCT FROM NEW.seat AND status <> 'open' THEN
        PERFORM stats_refuse('seats are given by the draw', 'a_draw_is_for_good');
    END IF;
    IF OLD.withdrawn_at IS DISTINCT FROM NEW.withdrawn_at THEN
        IF OLD.withdrawn_at IS NOT NULL OR status NOT IN ('open', 'running') THEN
            PERFORM stats_refuse('who has withdrawn stays so', 'a_player_withdraws_once_while_it_lasts');
        END IF;
        NEW.withdrawn_at := clock_timestamp();
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER entries_change_with_their_tournament BEFORE UPDATE ON stats_entry FOR EACH ROW
WHEN ((OLD.seat, OLD.withdrawn_at) IS DISTINCT FROM (NEW.seat, NEW.withdrawn_at)) EXECUTE FUNCTION stats_entry_changes();

CREATE FUNCTION stats_entries_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM stats_touch(ARRAY(SELECT DISTINCT tournament_id FROM after));
    RETURN NULL;
END $$;
CREATE TRIGGER an_entry_is_told AFTER INSERT ON stats_entry
REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION stats_entries_changed();
CREATE TRIGGER a_changed_entry_is_told AFTER UPDATE ON stats_entry
REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION stats_entries_changed();

-- Matches

CREATE FUNCTION stats_match_goes_on() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    tournament stats_tournament;
    was text := CASE TG_OP WHEN 'UPDATE' THEN OLD.state ELSE 'unborn' END;
BEGIN
    SELECT * INTO tournament FROM stats_tournament WHERE id = NEW.tournament_id FOR NO KEY UPDATE;
    IF tournament.status <> 'running' THEN
        PERFORM stats_refuse('the tournament is not running', 'matches_change_while_their_tournament_runs');
    END IF;
    IF EXISTS (
        SELECT FROM stats_entry AS entry
        WHERE entry.id IN (NEW.home_id, NEW.away_id)
          AND (entry.tournament_id <> NEW.tournament_id OR entry.seat IS NULL)
    ) THEN
        PERFORM stats_refuse('who plays has not entered here', 'who_plays_has_entered');
    END IF;
    IF was = 'unborn' AND NOT (NEW.state = 'scheduled' OR NEW.outcome = 'bye')
       OR was = 'scheduled' AND NEW.outcome = 'played' OR was = 'confirmed' AND NEW.state = 'live'
       OR was = 'live' AND NEW.state = 'live' THEN
        PERFORM stats_refuse(format('a match does not go from %s to %s', was, NEW.state),
                             'a_match_goes_the_way_of_its_life');
    END IF;
    IF was <> 'unborn' AND (OLD.home_id, OLD.away_id) IS DISTINCT FROM (NEW.home_id, NEW.away_id)
       AND (tournament.format <> 'elimination' OR NEW.round = 1 OR NEW.state = 'live' OR NEW.outcome = 'played') THEN
        PERFORM stats_refuse('who meets in a match stays', 'who_meets_stays');
    END IF;
    IF NEW.state = 'live' OR NEW.outcome = 'played' THEN
        IF NEW.away_id IS NULL AND tournament.format <> 'leaderboard' THEN
            PERFORM stats_refuse('a match is between two', 'only_in_a_leaderboard_one_plays_alone');
        END IF;
        IF NEW.outcome = 'played' AND NEW.winner = '' AND tournament.format = 'elimination' THEN
            PERFORM stats_refuse('somebody goes on', 'a_cup_match_has_a_winner');
        END IF;
        IF NEW.state = 'live' AND EXISTS (
            SELECT FROM stats_entry WHERE id IN (NEW.home_id, NEW.away_id) AND withdrawn_at IS NOT NULL
        ) THEN
            PERFORM stats_refuse('somebody has withdrawn', 'who_has_withdrawn_plays_no_more');
        END IF;
    END IF;
    -- Moments are the server's.
    IF NEW.state = 'live' THEN
        NEW.started_at := clock_timestamp();
        NEW.confirmed_at := NULL;
    ELSIF NEW.state = 'scheduled' THEN
        NEW.started_at := NULL;
        NEW.confirmed_at := NULL;
    ELSE
        NEW.confirmed_at := clock_timestamp();
        NEW.started_at := coalesce(NEW.started_at, CASE NEW.outcome WHEN 'played' THEN clock_timestamp() END);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_match_is_born_to_be_played BEFORE INSERT ON stats_match
FOR EACH ROW EXECUTE FUNCTION stats_match_goes_on();
CREATE TRIGGER a_match_goes_the_way_of_its_life BEFORE UPDATE ON stats_match FOR EACH ROW
WHEN ((OLD.state, OLD.home_id, OLD.away_id, OLD.outcome, OLD.winner, OLD.started_at, OLD.confirmed_at)
      IS DISTINCT FROM
      (NEW.state, NEW.home_id, NEW.away_id, NEW.outcome, NEW.winner, NEW.started_at, NEW.confirmed_at)
      OR OLD.state <> 'live' AND (OLD.home_score, OLD.away_score) IS DISTINCT FROM (NEW.home_score, NEW.away_score))
EXECUTE FUNCTION stats_match_goes_on();

CREATE FUNCTION stats_score_is_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM stats_refuse('a live score is made of score events', 'a_live_score_is_made_of_events');
    RETURN NULL;
END $$;
CREATE TRIGGER a_live_score_is_made_of_events BEFORE UPDATE ON stats_match FOR EACH ROW
WHEN (pg_trigger_depth() = 0 AND OLD.state = 'live' AND NEW.state = 'live'
      AND (OLD.home_score, OLD.away_score) IS DISTINCT FROM (NEW.home_score, NEW.away_score))
EXECUTE FUNCTION stats_score_is_told();

CREATE FUNCTION stats_scored() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE stats_match SET
        home_score = home_score + CASE NEW.side WHEN 'home' THEN NEW.points ELSE 0 END,
        away_score = away_score + CASE NEW.side WHEN 'away' THEN NEW.points ELSE 0 END
    WHERE id = NEW.match_id AND state = 'live' AND (NEW.side = 'home' OR away_id IS NOT NULL);
    IF NOT FOUND THEN
        PERFORM stats_refuse('the match is not live, or has no such side', 'only_a_live_match_is_scored');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER score_events_make_the_score AFTER INSERT ON stats_scoreevent
FOR EACH ROW EXECUTE FUNCTION stats_scored();

-- What a changed match does: records follow what was played against somebody; what was recorded of a match that is to
-- be played again, or was forfeited, is gone; and who watches the tournament is told.
CREATE FUNCTION stats_matches_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moved record;
    undone uuid[];
BEGIN
    FOR moved IN
        SELECT entry.player_id, tournament.game_id, tournament.bar_id, sum(match.sign) AS matches,
               sum(match.sign * ((match.winner, entry.id) IN (('home', match.home_id), ('away', match.away_id)))::integer) AS wins
        FROM (
            SELECT 1 AS sign, * FROM after WHERE outcome = 'played' AND away_id IS NOT NULL
            UNION ALL
            SELECT -1, * FROM before WHERE outcome = 'played' AND away_id IS NOT NULL
        ) AS match
        JOIN stats_tournament AS tournament ON tournament.id = match.tournament_id
        JOIN stats_entry AS entry ON entry.id IN (match.home_id, match.away_id)
        GROUP BY 1, 2, 3
        HAVING sum(match.sign) <> 0 OR sum(match.sign * ((match.winner, entry.id) IN (('home', match.home_id), ('away', match.away_id)))::integer) <> 0
        ORDER BY 1, 2  -- so that no two writers wait for each other
    LOOP
        UPDATE stats_playerrecord AS kept SET matches = kept.matches + moved.matches, wins = kept.wins + moved.wins
        WHERE (player_id, game_id) = (moved.player_id, moved.game_id);
        IF NOT FOUND THEN  -- so far nothing was played: there is nothing to take off
            INSERT INTO stats_playerrecord AS kept (player_id, game_id, bar_id, matches, wins)
            VALUES (moved.player_id, moved.game_id, moved.bar_id, moved.matches, moved.wins)
            ON CONFLICT (player_id, game_id)
            DO UPDATE SET matches = kept.matches + excluded.matches, wins = kept.wins + excluded.wins;
        END IF;
    END LOOP;

    SELECT array_agg(after.id) INTO undone
    FROM before JOIN after USING (id)
    WHERE (before.state = 'live' OR before.outcome = 'played') AND NOT (after.state = 'live' OR after.outcome = 'played');
    IF undone IS NOT NULL THEN
        DELETE FROM stats_gamestats WHERE match_id = ANY(undone);
        DELETE FROM stats_scoreevent WHERE match_id = ANY(undone);
    END IF;
    PERFORM stats_touch(array_agg(DISTINCT after.tournament_id))
    FROM before JOIN after USING (id)
    WHERE (before.state, before.home_id, before.away_id, before.outcome, before.winner)
        IS DISTINCT FROM (after.state, after.home_id, after.away_id, after.outcome, after.winner)
    HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER what_a_match_changes AFTER UPDATE ON stats_match
REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION stats_matches_changed();

CREATE FUNCTION stats_matches_arranged() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM stats_touch(ARRAY(SELECT DISTINCT tournament_id FROM after));
    RETURN NULL;
END $$;
CREATE TRIGGER a_new_match_is_told AFTER INSERT ON stats_match
REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION stats_matches_arranged();

-- Who plays in a later round of a cup has come there: the winners of two matches, or the losers of the semi-finals.
CREATE FUNCTION stats_comes_from(tournament uuid, place_in integer, place integer, is_third boolean) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN is_third AND before.outcome = 'bye' THEN NULL
        WHEN before.winner = '' THEN NULL
        WHEN (before.winner = 'home') <> is_third THEN before.home_id
        ELSE before.away_id
    END
    FROM stats_match AS before
    WHERE before.tournament_id = tournament AND before.round = place_in - 1 AND before.place = stats_comes_from.place
      AND before.state = 'confirmed'
$$;

-- The matches of cups whose sides are not those who have come there: of one cup, the match at a place and those that
-- it leads to; of all cups, with NULL, all of them.
CREATE FUNCTION stats_astray(cup uuid, stage integer, spot integer) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT match.id
    FROM stats_tournament AS tournament
    JOIN stats_match AS match ON match.tournament_id = tournament.id
    CROSS JOIN LATERAL (
        SELECT max(last.round) AS final FROM stats_match AS last WHERE last.tournament_id = tournament.id
    ) AS rounds
    CROSS JOIN LATERAL (SELECT match.round = rounds.final AND match.place = 1 AS is_third) AS kind
    CROSS JOIN LATERAL (SELECT CASE WHEN is_third THEN 0 ELSE 2 * match.place END AS first) AS above
    WHERE tournament.format = 'elimination' AND match.round > 1
      AND (cup IS NULL OR tournament.id = cup
           AND (match.round, match.place) IN ((stage, spot), (stage + 1, spot / 2), (stage + 1, 1)))
      AND (match.home_id, match.away_id) IS DISTINCT FROM (
          stats_comes_from(tournament.id, match.round, above.first, is_third),
          stats_comes_from(tournament.id, match.round, above.first + 1, is_third)
      )
$$;

CREATE FUNCTION stats_cup_is_true() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM stats_astray(NEW.tournament_id, NEW.round, NEW.place)) THEN
        PERFORM stats_refuse('somebody plays who has not come there', 'who_plays_has_come_there');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER who_plays_has_come_there AFTER INSERT OR UPDATE OF state, home_id, away_id, winner ON stats_match
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION stats_cup_is_true();
