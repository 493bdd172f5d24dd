"""Players' figures: totals, ratios and leaderboards, from what triggers keep."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from realtime.caching import kept
from realtime.cursors import Cursor
from realtime.errors import NotFound
from stats.models import Game, GameSchema, Player
from stats.tournaments.problems import UnknownGame
from stats.tournaments.words import check_known

MOST_RANKED = 100
LEAST_MATCHES = 5  # of a leaderboard; the index record_best_first holds no others
KEPT = 300.0  # seconds: what no version tells of, such as a new name or a sheet that is written again

TOP = """
SELECT player.id, player.name, total.total, total.matches, round(total.total / total.matches, 2)
FROM (
    SELECT player_id, total, matches FROM stats_playertotal
    WHERE bar_id = %(bar)s AND game_id = %(game)s AND key = %(key)s AND matches > 0
    ORDER BY total DESC, player_id LIMIT %(most)s
) AS total
JOIN stats_player AS player ON player.id = total.player_id
ORDER BY total.total DESC, player.id
"""
# Whoever has the win rate of the hundredth is looked at too: the ratio decides between equals.
LEADERBOARD = f"""
SELECT player.id, player.name, best.matches, best.wins, best.win_rate, ratio.value
FROM (
    SELECT player_id, matches, wins, win_rate FROM stats_playerrecord
    WHERE bar_id = %(bar)s AND game_id = %(game)s AND matches >= {LEAST_MATCHES}
    ORDER BY win_rate DESC FETCH FIRST {MOST_RANKED} ROWS WITH TIES
) AS best
JOIN stats_player AS player ON player.id = best.player_id
CROSS JOIN LATERAL (
    SELECT round(sum(total) FILTER (WHERE key = ANY(%(over)s))
           / greatest(coalesce(sum(total) FILTER (WHERE key = ANY(%(under)s)), 0), 1), 2) AS value
    FROM stats_playertotal AS total
    WHERE total.player_id = best.player_id AND total.game_id = %(game)s
) AS ratio
ORDER BY best.win_rate DESC, ratio.value DESC NULLS LAST, best.wins DESC, player.id
LIMIT {MOST_RANKED}
"""
# It moves with every result, of matches played, decided, corrected or rewound, and with every sheet that is recorded.
VERSION = """
SELECT pg_current_xact_id_if_assigned() IS NULL, (SELECT value FROM realtime_epoch) || ' ' || coalesce((
           SELECT id::text FROM stats_gamestats WHERE bar_id = %(bar)s AND game_id = %(game)s ORDER BY id DESC LIMIT 1
       ), ''), (
           SELECT coalesce(sum(head.seq), 0)::bigint
           FROM stats_tournament AS tournament
           JOIN realtime_streamhead AS head ON head.stream = 'tournament.' || tournament.id
           WHERE tournament.bar_id = %(bar)s
       )
"""
TOTALS = "SELECT key, total, matches FROM stats_playertotal WHERE player_id = %s AND game_id = %s AND matches > 0"
RECORD = "SELECT matches, wins, win_rate FROM stats_playerrecord WHERE player_id = %s AND game_id = %s"


def games() -> list[GameSchema]:
    """The newest schema of every game."""
    return list(GameSchema.objects.select_related("game").order_by("game_id", "-version").distinct("game_id"))


def check_game(code: str) -> None:
    """Raises UnknownGame, with what is allowed."""
    allowed = sorted(Game.objects.values_list("code", flat=True))
    if code not in allowed:
        told = _("There is no game %(game)s: there are %(games)s.") % {"game": repr(code), "games": ", ".join(allowed)}
        raise UnknownGame(told, allowed=allowed)


def newest_schema(game: str) -> GameSchema:
    """Raises UnknownGame."""
    found = GameSchema.objects.filter(game=game).order_by("-version").first()
    if found is None:
        check_game(game)
        raise UnknownGame(allowed=[])
    return found


def top(bar_id: UUID, game: str, key: str, most: int) -> list[dict[str, Any]]:
    """Who has most of a ranked key, and the average of a match that counted it. Raises UnknownGame or UnknownKey."""
    check_known([key], newest_schema(game).ranked)
    rows = fetched(TOP, {"bar": bar_id, "game": game, "key": key, "most": most})
    names = ("player", "name", "total", "matches", "average")
    return [dict(zip(names, row, strict=True)) for row in rows]


def leaderboard(bar_id: UUID, game: str) -> list[dict[str, Any]]:
    """Who wins most of their matches, then by the game's ratio; a hundred who have played five at least.

    A match is one against somebody that was played to its end: neither a bye nor a forfeit. Raises UnknownGame.
    """
    ratio = newest_schema(game).ratio or {"over": [], "under": []}
    rows = fetched(LEADERBOARD, {"bar": bar_id, "game": game, "over": ratio["over"], "under": ratio["under"]})
    names = ("player", "name", "matches", "wins", "win_rate", "ratio")
    return [dict(zip(names, row, strict=True)) for row in rows]


def latest_top(bar_id: UUID, game: str, key: str, most: int) -> list[dict[str, Any]]:
    """As `top`, kept until somebody has played or recorded, and five minutes at most."""
    asked = {"key": key, "most": most}
    return kept_for(bar_id, game, "top", asked, lambda: top(bar_id, game, key, most))


def latest_leaderboard(bar_id: UUID, game: str) -> list[dict[str, Any]]:
    """As `leaderboard`, kept until somebody has played or recorded, and five minutes at most."""
    return kept_for(bar_id, game, "leaderboard", {}, lambda: leaderboard(bar_id, game))


def kept_for(
    bar_id: UUID, game: str, name: str, asked: dict[str, Any], compute: Callable[[], list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """The rows as plain JSON."""
    [(is_only_reading, *version)] = fetched(VERSION, {"bar": bar_id, "game": game})
    at = Cursor(*version) if is_only_reading else None
    return kept(f"{name}:{bar_id}", {"game": game} | asked, compute, at=at, seconds=KEPT)


def figures_of(bar_id: UUID, player_id: UUID, game: str) -> dict[str, Any]:
    """What one player has to show in a game: record, totals, averages, and the game's ratio (KDA), where over nothing
    counts as over one. Raises UnknownGame, or NotFound for a player who isn't this bar's."""
    schema = newest_schema(game)
    player = Player.objects.filter(bar_id=bar_id, pk=player_id).first()
    if player is None:
        raise NotFound(_("There is no such player."))
    [record] = fetched(RECORD, [player_id, game]) or [(0, 0, 0)]
    totals = {key: (total, matches) for key, total, matches in fetched(TOTALS, [player_id, game])}
    return {
        "player": player.pk,
        "name": player.name,
        "matches": record[0],
        "wins": record[1],
        "win_rate": record[2],
        "totals": [
            {"key": key, "total": total, "matches": matches, "average": round(total / matches, 2)}
            for key, (total, matches) in sorted(totals.items())
        ],
        "ratio": ratio_of(schema, {key: total for key, (total, _) in totals.items()}),
    }


def ratio_of(schema: GameSchema, totals: Mapping[str, Any]) -> dict[str, Any] | None:
    """KDA is (kills + assists) / deaths, and kills + assists where nobody has killed them."""
    if not schema.ratio or not any(key in totals for key in schema.ratio["over"]):
        return None
    over, under = (sum(totals.get(key, 0) for key in schema.ratio[part]) for part in ("over", "under"))
    return {"name": schema.ratio["name"], "ratio": round(over / max(under, 1), 2)}


def fetched(statement: str, params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall()
