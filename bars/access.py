"""The lookup that authorises: a bar is reached through a membership, or not at all."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from bars.compiled import Compiled
from bars.models import Member
from bars.permissions import ACTS, Permission
from realtime.errors import NotAllowed, NotFound

MEMBER = Compiled(lambda user, bar: Member.objects.active().filter(user_id=user, bar_id=bar).select_related("bar"))


def find_member(user: Any, bar_id: UUID | str) -> Member | None:
    """The active membership of this user in this bar with its bar, in one query; None for strangers."""
    try:
        bar_id = bar_id if isinstance(bar_id, UUID) else UUID(bar_id)
    except ValueError:
        return None
    if not user.is_authenticated:
        return None
    return MEMBER.first(user=user.pk, bar=bar_id)


def find_members(asked: Collection[tuple[Any, str]]) -> dict[tuple[Any, str], Member]:
    """The active memberships of pairs of a user and a bar's id, as `find_member` finds each, in one query.

    Strangers, and ids that aren't spelt as they are, are missing from the result.
    """
    users = {user.pk for user, _ in asked if user.is_authenticated}
    bars = {key for _, key in asked if is_spelt(key)}
    members = Member.objects.active().filter(user_id__in=any_of(users), bar_id__in=any_of(bars)).select_related("bar")
    found = {(member.user_id, str(member.bar_id)): member for member in members} if users and bars else {}
    return {(user, key): found[user.pk, key] for user, key in asked if (user.pk, key) in found}


def any_of(ids: Iterable[UUID | str]) -> RawSQL:
    """For `__in`: one parameter, so that one statement serves any number."""
    return RawSQL("SELECT unnest(%s::uuid[])", [[str(one) for one in ids]])


def is_spelt(key: str) -> bool:
    """Whether a text is an id as we write it."""
    try:
        return str(UUID(key)) == key
    except ValueError:
        return False


def membership(user: Any, bar_id: UUID | str, *needed: Permission) -> Member:
    """The membership, with all of these permissions.

    Raises NotFound for strangers and unknown bars alike, NotAllowed for a role that is too low.
    """
    member = find_member(user, bar_id)
    if member is None:
        raise NotFound(_("There is no such bar for you."))
    if lacking := [permission for permission in needed if not member.can(permission)]:
        told = _("Your role (%(role)s) does not allow you to %(act)s: ask who runs the bar.")
        raise NotAllowed(told % {"role": member.get_role_display(), "act": ACTS[lacking[0]]})
    return member
