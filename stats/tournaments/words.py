"""The words of a game: which keys its statistics may hold, and of what type. Pure; the database checks the same."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from stats.tournaments.problems import UnknownKey, WrongType

HIGHEST = 10**9
LONGEST = 60
Keys = Mapping[str, Mapping[str, Any]]


def check_stats(keys: Keys, stats: Mapping[str, Any]) -> None:
    """Raises UnknownKey or WrongType for the first that is wrong."""
    check_known(stats, keys)
    for key, value in stats.items():
        if not fits(value, type_ := keys[key]["type"]):
            told = _("%(key)s should hold a value of type %(type)s.") % {"key": key, "type": type_}
            raise WrongType(told, key=key, expected=type_)


def check_known(asked: Iterable[str], allowed: Collection[str]) -> None:
    """Raises UnknownKey, with what is allowed."""
    for key in asked:
        if key not in allowed:
            listed = sorted(allowed)
            told = _("This game has no key %(key)s: it has %(keys)s.") % {"key": repr(key), "keys": ", ".join(listed)}
            raise UnknownKey(told, key=key, allowed=listed)


def fits(value: Any, type_: str) -> bool:
    """Whether a JSON value is of a type; zero is a value."""
    match type_:
        case "text":
            return isinstance(value, str) and 1 <= len(value) <= LONGEST
        case "boolean":
            return isinstance(value, bool)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= HIGHEST:
        return False
    return Decimal(str(value)) == round(Decimal(str(value)), 0 if type_ == "integer" else 4)
