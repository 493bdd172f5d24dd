"""A change in the words of people: each field by its name, what it was and what it became."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db.models import Field, Model
from django.utils.translation import gettext as _

from bars.changes import Change
from bars.models import Bar, Member, User
from realtime.models import Feature, Switch

MODELS: dict[str, type[Model]] = {
    Change.Kind.BAR: Bar,
    Change.Kind.MEMBER: Member,
    Change.Kind.ACCOUNT: User,
    Change.Kind.SWITCH: Switch,
    Change.Kind.FEATURE: Feature,
}


class Told(NamedTuple):
    """A field that has changed. What wasn't there, or is kept nowhere, is empty."""

    field: str
    was: str
    became: str

    def __str__(self) -> str:
        words = " → ".join(filter(None, [self.was, self.became]))
        return _("%(field)s: %(words)s") % {"field": self.field, "words": words} if words else self.field


def told(kind: str, was: Mapping[str, Any] | None, became: Mapping[str, Any] | None) -> list[Told]:
    """In the order of the model, without ids; of what is new or gone only what says something."""
    said = [
        (field, (was or {}).get(field.column), (became or {}).get(field.column))
        for field in MODELS[kind]._meta.concrete_fields
        if field.column in {*(was or {}), *(became or {})} and not field.is_relation
    ]
    if was is None or became is None:
        said = [one for one in said if one[1] or one[2]]
    return [
        Told(str(field.verbose_name).capitalize(), shown(field, old), shown(field, new)) for field, old, new in said
    ]


def shown(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    if value == "":
        return "–"
    return str(dict(field.flatchoices).get(value, value))
