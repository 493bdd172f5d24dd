"""What a player has done in a match, in the words of the game."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.transactions import durably
from realtime.errors import NotFound
from stats.models import Entry, GameStats, Match
from stats.tournaments.problems import MatchNotLive
from stats.tournaments.queries.games import newest_schema
from stats.tournaments.words import check_stats

LOCK = "SELECT * FROM stats_match WHERE id = %s AND bar_id = %s FOR SHARE"  # others may record beside


@durably
def record(member: Member, match_id: UUID, player_id: UUID, stats: Mapping[str, Any]) -> GameStats:
    """Keep what a player has done in a match that is live or was played, in the place of what was kept before.

    Raises NotFound, MatchNotLive, UnknownKey or WrongType.
    """
    match = next(iter(Match.objects.raw(LOCK, [match_id, member.bar_id])), None)
    if match is None:
        raise NotFound(_("There is no such match."))
    if not Entry.objects.filter(pk__in=[match.home_id, match.away_id], player_id=player_id).exists():
        raise NotFound(_("There is no such player in this match."))
    if match.state != Match.State.LIVE and match.outcome != Match.Outcome.PLAYED:
        raise MatchNotLive(state=match.state)
    schema = newest_schema(match.tournament.game_id)
    check_stats(schema.keys, stats)
    kept, is_new = GameStats.objects.get_or_create(
        match=match,
        player_id=player_id,
        defaults={
            "bar_id": member.bar_id,
            "game_id": schema.game_id,
            "schema": schema,
            "stats": dict(stats),
            "recorded_by_id": member.user_id,
        },
    )
    if not is_new and kept.stats != stats:
        kept.stats, kept.schema, kept.recorded_by_id = dict(stats), schema, member.user_id
        kept.save(update_fields=["stats", "schema", "recorded_by"])
    return GameStats.objects.select_related("player").get(pk=kept.pk)
