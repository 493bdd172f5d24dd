"""A match is started, scored, confirmed, forfeited and corrected; what follows from it is written with it."""

from dataclasses import dataclass
from uuid import UUID

from bars.models import Member
from bars.transactions import KeyReused, durably
from stats.models import Match, ScoreEvent, Side, Tournament
from stats.tournaments.problems import (
    BelowZero,
    MatchNotLive,
    MatchNotReady,
    NotDecided,
    OtherPlayers,
    OtherResult,
    WinnerMissing,
    WrongWinner,
)
from stats.tournaments.services.locking import check_running, lock_match
from stats.tournaments.services.replanning import replan

MOST_POINTS = 100_000


@dataclass(frozen=True)
class Points:
    """So many points for one side; `key` is the client's."""

    key: UUID
    side: Side
    points: int


@dataclass(frozen=True)
class Score:
    """How a match has ended. `winner` is told where the score doesn't, in a shoot-out."""

    home: int
    away: int
    winner: Side | None = None


@dataclass(frozen=True)
class Meeting:
    """The entries that somebody believes to meet in a match; None where they don't say."""

    home: UUID | None = None
    away: UUID | None = None


NOT_SAID = Meeting()


@durably
def start(member: Member, match_id: UUID) -> Match:
    """Let a match begin, at 0 to 0. Raises NotFound, NotRunning or MatchNotReady."""
    tournament, match = lock_match(member, match_id)
    if match.state == Match.State.LIVE:
        return match
    check_running(tournament)
    is_alone = tournament.format == Tournament.Format.LEADERBOARD
    if match.state != Match.State.SCHEDULED or not match.home_id or not (match.away_id or is_alone):
        raise MatchNotReady(state=match.state)
    match.state, match.home_score, match.away_score = Match.State.LIVE, 0, 0
    match.save(update_fields=["state", "home_score", "away_score"])
    match.refresh_from_db()
    return match


@durably
def score(member: Member, match_id: UUID, points: Points) -> Match:
    """Add points to one side of a live match, once for each key.

    Raises NotFound, NotRunning, MatchNotLive, BelowZero or KeyReused.
    """
    tournament, match = lock_match(member, match_id)
    said = (points.side, points.points)
    if stored := match.score_events.filter(key=points.key).first():
        if (stored.side, stored.points) != said:
            raise KeyReused()
        return match
    if match.state != Match.State.LIVE or (points.side == Side.AWAY and not match.away_id):
        raise MatchNotLive(state=match.state)
    check_running(tournament)
    before = match.home_score if points.side == Side.HOME else match.away_score
    if not 0 <= (before or 0) + points.points <= MOST_POINTS:
        raise BelowZero()
    ScoreEvent.objects.create(
        bar_id=member.bar_id,
        match=match,
        key=points.key,
        side=points.side,
        points=points.points,
        created_by_id=member.user_id,
    )
    match.refresh_from_db()
    return match


@durably
def confirm(member: Member, match_id: UUID, final: Score | None, meeting: Meeting = NOT_SAID) -> Match:
    """End a live match with this score, or as its score stands: the winner goes on.

    Of two who confirm the same both are right; the second of two who don't is refused. Raises NotFound, NotRunning,
    MatchNotLive, OtherPlayers, OtherResult, WinnerMissing or WrongWinner.
    """
    tournament, match = lock_match(member, match_id)
    check_meeting(match, meeting)
    if match.state == Match.State.CONFIRMED:
        if match.outcome != Match.Outcome.PLAYED or (final and is_other(tournament, match, final)):
            raise OtherResult()
        return match
    if match.state != Match.State.LIVE:
        raise MatchNotLive(state=match.state)
    check_running(tournament)
    final = final or Score(match.home_score or 0, match.away_score or 0)
    return write_result(member, tournament, match, final)


@durably
def correct(member: Member, match_id: UUID, final: Score) -> Match:
    """Put another result in the place of what was confirmed; where others go on by it, their matches are played again.

    Raises NotFound, NotRunning, NotDecided, WinnerMissing or WrongWinner.
    """
    tournament, match = lock_match(member, match_id)
    if match.outcome not in (Match.Outcome.PLAYED, Match.Outcome.FORFEIT):
        raise NotDecided()
    if match.outcome == Match.Outcome.PLAYED and not is_other(tournament, match, final):
        return match
    take_up(tournament)
    return write_result(member, tournament, match, final)


@durably
def forfeit(member: Member, match_id: UUID, side: Side) -> Match:
    """Give a match to the other side, without a score. Raises NotFound, NotRunning, MatchNotReady or OtherResult."""
    tournament, match = lock_match(member, match_id)
    winner = Side.AWAY if side == Side.HOME else Side.HOME
    if match.outcome:
        if (match.outcome, match.winner) != (Match.Outcome.FORFEIT, winner):
            raise OtherResult()
        return match
    check_running(tournament)
    if not match.home_id or not match.away_id:
        raise MatchNotReady(state=match.state)
    match.home_score = match.away_score = None
    return write(member, tournament, match, Match.Outcome.FORFEIT, winner)


def check_meeting(match: Match, meeting: Meeting) -> None:
    """Raises OtherPlayers."""
    if meeting.home not in (None, match.home_id) or meeting.away not in (None, match.away_id):
        raise OtherPlayers(home=match.home_id and str(match.home_id), away=match.away_id and str(match.away_id))


def take_up(tournament: Tournament) -> None:
    """A tournament that has ended goes on. Raises NotRunning where it was called off. Call with it locked."""
    if tournament.status == Tournament.Status.FINISHED:
        tournament.status = Tournament.Status.RUNNING
        tournament.save(update_fields=["status"])
    check_running(tournament)


def is_other(tournament: Tournament, match: Match, final: Score) -> bool:
    """Whether a played match stands otherwise. A level score without a winner is a draw, which a cup has none of."""
    if (match.home_score, match.away_score) != (final.home, final.away):
        return True
    is_draw = final.home == final.away and tournament.format != Tournament.Format.ELIMINATION
    return match.winner != (final.winner or ("" if is_draw else match.winner))


def write_result(member: Member, tournament: Tournament, match: Match, final: Score) -> Match:
    winner = winner_of(tournament, match, final)
    match.home_score, match.away_score = final.home, final.away
    return write(member, tournament, match, Match.Outcome.PLAYED, winner)


def winner_of(tournament: Tournament, match: Match, final: Score) -> Side | None:
    """None for a draw, and for who plays alone. Raises WinnerMissing or WrongWinner."""
    if match.away_id is None:
        if final.away or final.winner:
            raise WrongWinner()
        return None
    by_score = {1: Side.HOME, -1: Side.AWAY}.get((final.home > final.away) - (final.home < final.away))
    if by_score and final.winner not in (None, by_score):
        raise WrongWinner()
    won = by_score or final.winner
    if won is None and tournament.format == Tournament.Format.ELIMINATION:
        raise WinnerMissing()
    return won


def write(member: Member, tournament: Tournament, match: Match, outcome: Match.Outcome, winner: Side | None) -> Match:
    match.state, match.outcome, match.winner = Match.State.CONFIRMED, outcome, winner or ""
    match.confirmed_by_id = member.user_id
    match.save(update_fields=["state", "outcome", "home_score", "away_score", "winner", "confirmed_by"])
    replan(tournament, by=member.user_id)
    match.refresh_from_db()
    return match
