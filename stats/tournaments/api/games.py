"""Games, players and their figures by the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from bars.access import membership
from bars.pages import newest_first
from realtime.errors import refuses
from stats.models import GameSchema
from stats.tournaments.problems import UnknownGame, UnknownKey, WrongType
from stats.tournaments.queries import games as queries
from stats.tournaments.queries import searching
from stats.tournaments.queries.tournaments import players_of
from stats.tournaments.reading import read_wanted
from stats.tournaments.schemas import GameOut, Leader, PlayerFigures, PlayersPage, Ranked, StatsPage
from stats.tournaments.titles import title_of_game, title_of_key, title_of_ratio

router = Router(tags=["games"])
GAME = Query(max_length=20, description="One of `/games`.")
KEYS = "Keys with commas between."


@router.get("/games", response=list[GameOut], summary="The games there are, and what each counts")
def list_games(request: HttpRequest) -> list[dict[str, Any]]:
    return [told(schema) for schema in queries.games()]


def told(schema: GameSchema) -> dict[str, Any]:
    game, ratio = schema.game, schema.ratio
    return {
        "game": game.code,
        "title": title_of_game(game.code, game.name),
        "version": schema.version,
        "keys": [
            {"key": key, "title": title_of_key(game.code, key)} | about for key, about in sorted(schema.keys.items())
        ],
        "ratio": ratio and ratio | {"title": title_of_ratio(ratio["name"])},
    }


@router.get("/bars/{uuid:bar_id}/players", response=PlayersPage, summary="Who plays here, newest first, 50 a page")
def list_players(request: HttpRequest, bar_id: UUID, before: UUID | None = None) -> dict[str, Any]:
    member = membership(request.user, bar_id)
    players, following = newest_first(players_of(member.bar_id), before)
    return {"players": players, "next": following}


@router.get(
    "/bars/{uuid:bar_id}/players/{uuid:player_id}/figures",
    response=PlayerFigures,
    summary="What a player has to show in a game",
    openapi_extra=refuses(UnknownGame),
)
def player_figures(request: HttpRequest, bar_id: UUID, player_id: UUID, game: str = GAME) -> dict[str, Any]:
    member = membership(request.user, bar_id)
    return queries.figures_of(member.bar_id, player_id, game)


@router.get(
    "/bars/{uuid:bar_id}/games/top",
    response=list[Ranked],
    summary="Who has most of a ranked key",
    openapi_extra=refuses(UnknownGame, UnknownKey),
)
def top(
    request: HttpRequest,
    bar_id: UUID,
    key: str = Query(max_length=30, description="One that the game ranks."),
    game: str = GAME,
    most: int = Query(10, ge=1, le=queries.MOST_RANKED),
) -> list[dict[str, Any]]:
    """Zero is a value: a match in which somebody has none counts in their average."""
    member = membership(request.user, bar_id)
    return queries.latest_top(member.bar_id, game, key, most)


@router.get(
    "/bars/{uuid:bar_id}/games/leaderboard",
    response=list[Leader],
    summary="Who wins most, then by the game's ratio",
    openapi_extra=refuses(UnknownGame),
)
def leaderboard(request: HttpRequest, bar_id: UUID, game: str = GAME) -> list[dict[str, Any]]:
    """A hundred at most, who have played five matches against somebody: neither byes nor forfeits."""
    member = membership(request.user, bar_id)
    return queries.latest_leaderboard(member.bar_id, game)


@router.get(
    "/bars/{uuid:bar_id}/games/stats",
    response=StatsPage,
    summary="Recorded statistics that hold what is asked for, newest first, 50 a page",
    openapi_extra=refuses(UnknownGame, UnknownKey, WrongType),
)
def search(
    request: HttpRequest,
    bar_id: UUID,
    *,
    game: str = GAME,
    contains: str = Query("", max_length=1000, description='Values as JSON: `{"champion": "Yasuo"}`.'),
    has: str = Query("", max_length=30, description="A key."),
    has_all: str = Query("", max_length=600, description=KEYS),
    has_any: str = Query("", max_length=600, description=KEYS),
    before: UUID | None = None,
) -> dict[str, Any]:
    member = membership(request.user, bar_id)
    wanted = read_wanted(contains=contains, has=has, has_all=has_all, has_any=has_any)
    stats, following = searching.search(member.bar_id, game, wanted, before)
    return {"stats": stats, "next": following}
