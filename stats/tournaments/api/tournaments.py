"""Tournaments by the API: the bar's, and one that anybody may watch."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router, Status

from bars.access import membership
from bars.pages import newest_first
from bars.permissions import Permission
from bars.transactions import KeyReused
from realtime import clock
from realtime.errors import NotFound, refuses
from realtime.snapshot import snapshot
from stats.models import Entry, Match, Tournament
from stats.tournaments.problems import (
    MatchesLeft,
    NotArranged,
    NotOpen,
    NotRunning,
    PlaceTaken,
    PlayerNameTaken,
    RankTaken,
    UnknownGame,
    WrongNumberOfPlayers,
)
from stats.tournaments.queries.tournaments import find_public, find_tournament, shown, tournaments_of
from stats.tournaments.schemas import (
    DrawIn,
    EntryIn,
    EntryOut,
    MatchIn,
    MatchOut,
    Shown,
    TournamentIn,
    TournamentOut,
    TournamentsPage,
)
from stats.tournaments.services import drawing, entering

router = Router(tags=["tournaments"])
ONE = "/bars/{uuid:bar_id}/tournaments/{uuid:tournament_id}"


@router.get(
    "/tournaments/{str:token}",
    auth=None,
    response=Shown,
    summary="A tournament for whoever watches",
    openapi_extra=refuses(NotFound),
)
def watch(request: HttpRequest, response: HttpResponse, token: str = Path(max_length=10)) -> dict[str, Any]:
    """Names, matches and standings; follow `tournament.<id>` from `Cursor` on, and `match.<id>` for one match."""
    return seen(response, find_public(token))


def seen(response: HttpResponse, tournament: Tournament) -> dict[str, Any]:
    stream = f"tournament.{tournament.pk}"
    with snapshot([stream]) as at:
        response["Cursor"] = at.cursor(stream)
        return shown(Tournament.objects.get(pk=tournament.pk))


@router.get("/bars/{uuid:bar_id}/tournaments", response=TournamentsPage, summary="Tournaments, newest first, 50 a page")
def list_tournaments(
    request: HttpRequest, bar_id: UUID, status: Tournament.Status | None = None, before: UUID | None = None
) -> dict[str, Any]:
    member = membership(request.user, bar_id)
    tournaments, following = newest_first(tournaments_of(member.bar_id, status), before)
    return {"tournaments": tournaments, "next": following}


@router.post(
    "/bars/{uuid:bar_id}/tournaments",
    response={201: TournamentOut},
    summary="Open a tournament, once per key",
    openapi_extra=refuses(UnknownGame, KeyReused),
)
def open_tournament(
    request: HttpRequest, response: HttpResponse, bar_id: UUID, plan: TournamentIn
) -> Status[Tournament]:
    member = membership(request.user, bar_id, Permission.RUN_TOURNAMENTS)
    opened = entering.open_tournament(member, plan.plan())
    if opened.is_replay:
        response["Idempotent-Replayed"] = "true"
    return Status(201, opened.tournament)


@router.get(ONE, response=Shown, summary="A tournament with its entries, matches and standings")
def show_tournament(request: HttpRequest, response: HttpResponse, bar_id: UUID, tournament_id: UUID) -> dict[str, Any]:
    member = membership(request.user, bar_id)
    return seen(response, find_tournament(member.bar_id, tournament_id))


@router.post(
    f"{ONE}/entries",
    response=EntryOut,
    summary="Enter a player",
    openapi_extra=refuses(NotOpen, WrongNumberOfPlayers, RankTaken, PlayerNameTaken),
)
def enter(request: HttpRequest, bar_id: UUID, tournament_id: UUID, entry: EntryIn) -> Entry:
    """Who has entered already stays entered as they are."""
    member = membership(request.user, bar_id, Permission.RUN_TOURNAMENTS)
    return entering.enter(member, tournament_id, entry.entrant())


@router.post(
    f"{ONE}/entries/{{uuid:entry_id}}/withdraw",
    response=EntryOut,
    summary="Take a player out: what they had still to play is forfeited",
    openapi_extra=refuses(NotRunning),
)
def withdraw(request: HttpRequest, bar_id: UUID, tournament_id: UUID, entry_id: UUID) -> Entry:
    member = membership(request.user, bar_id, Permission.RUN_TOURNAMENTS)
    return entering.withdraw(member, tournament_id, entry_id, at=clock.now())


@router.post(
    f"{ONE}/draw",
    response=TournamentOut,
    summary="Draw: seats, matches and byes; then it runs",
    openapi_extra=refuses(NotOpen, WrongNumberOfPlayers),
)
def draw(request: HttpRequest, bar_id: UUID, tournament_id: UUID, asked: DrawIn) -> Tournament:
    member = membership(request.user, bar_id, Permission.RUN_TOURNAMENTS)
    return drawing.draw_tournament(member, tournament_id, seed=asked.seed)


@router.post(
    f"{ONE}/matches",
    response=MatchOut,
    summary="Put a match on a leaderboard",
    openapi_extra=refuses(NotRunning, NotArranged, PlaceTaken, KeyReused),
)
def arrange(request: HttpRequest, bar_id: UUID, tournament_id: UUID, match: MatchIn) -> Match:
    member = membership(request.user, bar_id, Permission.KEEP_SCORE)
    return drawing.arrange(member, tournament_id, place=match.place, sides=(match.home, match.away))


@router.post(
    f"{ONE}/finish",
    response=TournamentOut,
    summary="End a leaderboard; the others end with their last match",
    openapi_extra=refuses(NotRunning, MatchesLeft),
)
def finish(request: HttpRequest, bar_id: UUID, tournament_id: UUID) -> Tournament:
    member = membership(request.user, bar_id, Permission.RUN_TOURNAMENTS)
    return entering.finish(member, tournament_id)


@router.post(
    f"{ONE}/cancel", response=TournamentOut, summary="Call a tournament off", openapi_extra=refuses(NotRunning)
)
def call_off(request: HttpRequest, bar_id: UUID, tournament_id: UUID) -> Tournament:
    member = membership(request.user, bar_id, Permission.RUN_TOURNAMENTS)
    return entering.call_off(member, tournament_id)
