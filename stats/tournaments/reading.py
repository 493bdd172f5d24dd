"""What a search asks for, read from its query string."""

import json

from django.utils.translation import gettext_lazy as _
from pydantic import TypeAdapter, ValidationError

from stats.tournaments.problems import WrongType
from stats.tournaments.queries.searching import Wanted
from stats.tournaments.schemas import Stats

VALUES = TypeAdapter(Stats)


def read_wanted(*, contains: str, has: str, has_all: str, has_any: str) -> Wanted:
    """Raises WrongType where `contains` is not an object of plain values in JSON."""
    try:
        values = VALUES.validate_python(json.loads(contains)) if contains else {}
    except (ValueError, RecursionError, ValidationError):
        raise WrongType(
            _("contains holds an object of plain values in JSON."), key="contains", expected="object"
        ) from None
    return Wanted(values, has, keys_of(has_all), keys_of(has_any))


def keys_of(text: str) -> tuple[str, ...]:
    return tuple(key.strip() for key in text.split(",") if key.strip())
