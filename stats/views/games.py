"""Leaderboards of a bar's games, and what one player has to show."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bars.access import membership
from stats.models import GameSchema, Match, PlayerRecord
from stats.tournaments.problems import UnknownGame, UnknownKey
from stats.tournaments.queries import games as queries
from stats.tournaments.queries.games import LEAST_MATCHES
from stats.tournaments.titles import title_of_game, title_of_key, title_of_ratio

MOST = 10  # of a key
MOST_RECENT = 20  # matches of a player


@require_safe
@login_required
def leaderboards(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """Who wins most in a game, or who has most of one of its keys. Raises UnknownGame or UnknownKey."""
    member = membership(request.user, bar_id)
    schemas = {schema.game_id: schema for schema in queries.games()}
    schema = chosen(schemas, request.GET.get("game") or last_played(bar_id))
    key = request.GET.get("key", "")
    if key and key not in schema.ranked:
        raise UnknownKey(_("This game has no such key."), key=key)
    code = schema.game_id
    context = {
        "member": member,
        "bar": member.bar,
        "games": [(one, title_of_game(one, schemas[one].game.name)) for one in schemas],
        "game": code,
        "key": key,
        "keys": [(one, title_of_key(code, one)) for one in schema.ranked],
        "key_title": title_of_key(code, key) if key else "",
        "ratio": title_of_ratio(schema.ratio["name"]) if schema.ratio else "",
        "leaders": [] if key else queries.latest_leaderboard(bar_id, code),
        "top": queries.latest_top(bar_id, code, key, MOST) if key else [],
        "least": LEAST_MATCHES,
    }
    return render(request, "stats/games.html", context)


def chosen(schemas: dict[str, GameSchema], game: str) -> GameSchema:
    """The game that is asked for, the first where none is. Raises UnknownGame."""
    if game and game not in schemas:
        raise UnknownGame(_("There is no such game."), allowed=sorted(schemas))
    return schemas[game] if game else next(iter(schemas.values()))


def last_played(bar_id: UUID) -> str:
    """The game that this bar plays most by now; nothing where it plays none."""
    newest = Match.objects.filter(bar_id=bar_id).order_by("-pk").values_list("tournament__game_id", flat=True)
    return newest.first() or ""


@require_safe
@login_required
def player(request: HttpRequest, bar_id: UUID, player_id: UUID) -> HttpResponse:
    """The figures of a player in one game, and the matches behind them. Raises NotFound or UnknownGame."""
    member = membership(request.user, bar_id)
    schemas = {schema.game_id: schema for schema in queries.games()}
    records = PlayerRecord.objects.filter(bar_id=bar_id, player_id=player_id).order_by("-matches")
    played = [code for code in records.values_list("game_id", flat=True) if code in schemas]
    schema = chosen(schemas, request.GET.get("game") or (played[0] if played else ""))
    code = schema.game_id
    figures = queries.figures_of(bar_id, player_id, code)
    totals = [total | {"title": title_of_key(code, total["key"])} for total in figures["totals"]]
    ratio = figures["ratio"] and figures["ratio"] | {"title": title_of_ratio(figures["ratio"]["name"])}
    context = {
        "member": member,
        "bar": member.bar,
        "figures": figures | {"totals": totals, "ratio": ratio},
        "games": [(one, title_of_game(one, schemas[one].game.name)) for one in played or [code]],
        "game": code,
        "matches": matches_of(bar_id, player_id, code),
    }
    return render(request, "stats/player.html", context)


def matches_of(bar_id: UUID, player_id: UUID, game: str) -> list[Match]:
    """The last that were confirmed."""
    is_theirs = Q(home__player=player_id) | Q(away__player=player_id)
    decided = Match.objects.filter(is_theirs, bar_id=bar_id, tournament__game=game, state=Match.State.CONFIRMED)
    sides = decided.exclude(outcome=Match.Outcome.BYE).select_related("home__player", "away__player", "tournament")
    return list(sides.order_by("-confirmed_at", "-pk")[:MOST_RECENT])
