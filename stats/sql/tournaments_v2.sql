-- As in tournaments_v1.sql: who has withdrawn before the draw takes no place, and what was called off is not scored.

CREATE OR REPLACE FUNCTION stats_entered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    tournament stats_tournament;
    entries integer;
    last integer;
BEGIN
    SELECT * INTO tournament FROM stats_tournament WHERE id = NEW.tournament_id FOR NO KEY UPDATE;
    SELECT count(*), coalesce(max(seat), 0) INTO entries, last
    FROM stats_entry WHERE tournament_id = NEW.tournament_id AND (withdrawn_at IS NULL OR seat IS NOT NULL);
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

CREATE OR REPLACE FUNCTION stats_scored() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE stats_match AS match SET
        home_score = home_score + CASE NEW.side WHEN 'home' THEN NEW.points ELSE 0 END,
        away_score = away_score + CASE NEW.side WHEN 'away' THEN NEW.points ELSE 0 END
    FROM stats_tournament AS tournament
    WHERE match.id = NEW.match_id AND match.state = 'live' AND (NEW.side = 'home' OR match.away_id IS NOT NULL)
      AND tournament.id = match.tournament_id AND tournament.status = 'running';
    IF NOT FOUND THEN
        PERFORM stats_refuse('the match is not live, or has no such side', 'only_a_live_match_is_scored');
    END IF;
    RETURN NULL;
END $$;
