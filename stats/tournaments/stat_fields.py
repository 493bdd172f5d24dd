"""The fields in which a player's statistics of a match are typed, by the game's schema. Pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from stats.models import GameSchema
from stats.tournaments.titles import title_of_key
from stats.tournaments.words import HIGHEST, LONGEST


class StatField(NamedTuple):
    """`type` is the schema's; `value` what is recorded, None where nothing is."""

    key: str
    title: str
    type: str
    value: Any

    @property
    def is_number(self) -> bool:
        return self.type in ("integer", "number")

    @property
    def most(self) -> int:
        return HIGHEST if self.is_number else LONGEST


def fields_of(schema: GameSchema, recorded: Mapping[str, Any]) -> list[StatField]:
    """Numbers that are ranked first, then the others, by their titles."""
    fields = [
        StatField(key, title_of_key(schema.game_id, key), told["type"], recorded.get(key))
        for key, told in schema.keys.items()
    ]
    return sorted(fields, key=lambda field: (not schema.keys[field.key]["ranked"], field.title))
