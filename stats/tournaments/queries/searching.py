"""Searches in what was recorded: by what it holds, and by which keys it has."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from bars.pages import PAGE
from stats.models import GameStats
from stats.tournaments.queries.games import fetched, newest_schema
from stats.tournaments.words import check_known

RECENT = 20_000  # rows; what is found among so many isn't looked for elsewhere

OF_GAME = """
FROM stats_gamestats
WHERE bar_id = %(bar)s AND game_id = %(game)s AND (%(before)s::uuid IS NULL OR id < %(before)s)
"""
# What many have done is found soon by going back from the newest, what few have done by the index of contents; which
# of the two Postgres can't know, as it has no figures about single values inside of a document.
AMONG_RECENT = f"""
SELECT id FROM (SELECT id, stats {OF_GAME} ORDER BY id DESC LIMIT {RECENT}) AS recent
WHERE {{condition}} ORDER BY id DESC LIMIT {PAGE + 1}
"""
AMONG_ALL = f"""
WITH found AS MATERIALIZED (SELECT id {OF_GAME} AND {{condition}})
SELECT id FROM found ORDER BY id DESC LIMIT {PAGE + 1}
"""


@dataclass(frozen=True)
class Wanted:
    """What recorded statistics should hold: these values, this key, all of these keys, at least one of these."""

    contains: Mapping[str, Any] = field(default_factory=dict)
    has: str = ""
    has_all: Sequence[str] = ()
    has_any: Sequence[str] = ()

    @property
    def keys(self) -> list[str]:
        return [*self.contains, *filter(None, [self.has]), *self.has_all, *self.has_any]

    @property
    def condition(self) -> str:
        """As SQL over `stats` and `params`."""
        return " AND ".join(self._conditions()) or "true"

    def _conditions(self) -> Iterator[str]:
        if self.contains:
            yield "stats @> %(contains)s::jsonb"
        if self.has:
            yield "stats ? %(has)s"
        if self.has_all:
            yield "stats ?& %(has_all)s::text[]"
        if self.has_any:
            yield "stats ?| %(has_any)s::text[]"

    @property
    def params(self) -> dict[str, Any]:
        lists = {"has_all": list(self.has_all), "has_any": list(self.has_any)}
        return {"contains": json.dumps(dict(self.contains)), "has": self.has} | lists


def search(bar_id: UUID, game: str, wanted: Wanted, before: UUID | None = None) -> tuple[list[GameStats], UUID | None]:
    """Fifty of what was recorded of a game and holds what is wanted, newest first, and where the next page begins.

    Raises UnknownGame or UnknownKey.
    """
    check_known(wanted.keys, newest_schema(game).keys)
    params = {"bar": bar_id, "game": game, "before": before} | wanted.params
    found = fetched(AMONG_RECENT.format(condition=wanted.condition), params)
    if len(found) <= PAGE:
        found = fetched(AMONG_ALL.format(condition=wanted.condition), params)
    page = [pk for (pk,) in found[:PAGE]]
    stats = GameStats.objects.filter(pk__in=page).select_related("player").order_by("-pk")
    return list(stats), page[-1] if len(found) > PAGE else None
