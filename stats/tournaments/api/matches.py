"""Matches by the API: the console of who keeps the score."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from bars.access import membership
from bars.permissions import Permission
from bars.transactions import KeyReused
from realtime.errors import refuses
from realtime.snapshot import snapshot
from stats.models import GameStats, Match
from stats.tournaments.problems import (
    BelowZero,
    MatchNotLive,
    MatchNotReady,
    NotDecided,
    NotRunning,
    OtherPlayers,
    OtherResult,
    UnknownKey,
    WinnerMissing,
    WrongType,
    WrongWinner,
)
from stats.tournaments.queries.tournaments import find_match
from stats.tournaments.schemas import ConfirmIn, ForfeitIn, MatchOut, PointsIn, ScoreIn, StatsIn, StatsOut
from stats.tournaments.services import playing, recording

router = Router(tags=["matches"])
ONE = "/bars/{uuid:bar_id}/matches/{uuid:match_id}"


@router.get(ONE, response=MatchOut, summary="A match")
def show_match(request: HttpRequest, response: HttpResponse, bar_id: UUID, match_id: UUID) -> Match:
    member = membership(request.user, bar_id)
    stream = f"match.{match_id}"
    with snapshot([stream]) as at:
        response["Cursor"] = at.cursor(stream)
        return find_match(member.bar_id, match_id)


@router.post(
    f"{ONE}/start", response=MatchOut, summary="Let it begin", openapi_extra=refuses(NotRunning, MatchNotReady)
)
def start(request: HttpRequest, bar_id: UUID, match_id: UUID) -> Match:
    member = membership(request.user, bar_id, Permission.KEEP_SCORE)
    return playing.start(member, match_id)


@router.post(
    f"{ONE}/score",
    response=MatchOut,
    summary="Add points to a side, once per key",
    openapi_extra=refuses(NotRunning, MatchNotLive, BelowZero, KeyReused),
)
def score(request: HttpRequest, bar_id: UUID, match_id: UUID, points: PointsIn) -> Match:
    """The answer is the match as it stands; asking again with the same key and body adds nothing."""
    member = membership(request.user, bar_id, Permission.KEEP_SCORE)
    return playing.score(member, match_id, points.said())


@router.post(
    f"{ONE}/confirm",
    response=MatchOut,
    summary="End a match with this score, or as its score stands",
    openapi_extra=refuses(NotRunning, MatchNotLive, OtherPlayers, OtherResult, WinnerMissing, WrongWinner),
)
def confirm(request: HttpRequest, bar_id: UUID, match_id: UUID, final: ConfirmIn) -> Match:
    member = membership(request.user, bar_id, Permission.KEEP_SCORE)
    return playing.confirm(member, match_id, final.score(), final.meeting())


@router.post(
    f"{ONE}/forfeit",
    response=MatchOut,
    summary="Give it to the side that has come",
    openapi_extra=refuses(NotRunning, MatchNotReady, OtherResult),
)
def forfeit(request: HttpRequest, bar_id: UUID, match_id: UUID, absent: ForfeitIn) -> Match:
    member = membership(request.user, bar_id, Permission.RUN_TOURNAMENTS)
    return playing.forfeit(member, match_id, absent.side)


@router.post(
    f"{ONE}/correct",
    response=MatchOut,
    summary="Put another result in the place of a confirmed one",
    openapi_extra=refuses(NotRunning, NotDecided, WinnerMissing, WrongWinner),
)
def correct(request: HttpRequest, bar_id: UUID, match_id: UUID, final: ScoreIn) -> Match:
    """Where others go on by it, the matches that they come to are played again."""
    member = membership(request.user, bar_id, Permission.RUN_TOURNAMENTS)
    return playing.correct(member, match_id, final.score())


@router.put(
    f"{ONE}/stats/{{uuid:player_id}}",
    response=StatsOut,
    summary="What a player has done in a match, in the words of the game",
    openapi_extra=refuses(MatchNotLive, UnknownKey, WrongType),
)
def record(request: HttpRequest, bar_id: UUID, match_id: UUID, player_id: UUID, stats: StatsIn) -> GameStats:
    member = membership(request.user, bar_id, Permission.KEEP_SCORE)
    return recording.record(member, match_id, player_id, stats.stats)
