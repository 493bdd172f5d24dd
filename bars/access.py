"""The lookup that authorises: a bar is reached through a membership, or not at all."""

from typing import Any
from uuid import UUID

from bars.models import Member
from bars.permissions import Permission
from realtime.errors import NotAllowed, NotFound


def find_member(user: Any, bar_id: UUID | str) -> Member | None:
    """The active membership of this user in this bar with its bar, in one query; None for strangers."""
    try:
        bar_id = bar_id if isinstance(bar_id, UUID) else UUID(bar_id)
    except ValueError:
        return None
    if not user.is_authenticated:
        return None
    return Member.objects.active().filter(user_id=user.pk, bar_id=bar_id).select_related("bar").first()


def membership(user: Any, bar_id: UUID | str, *needed: Permission) -> Member:
    """The membership, with all of these permissions.

    Raises NotFound for strangers and unknown bars alike, NotAllowed for a role that is too low.
    """
    member = find_member(user, bar_id)
    if member is None:
        raise NotFound("There is no such bar for you.")
    if lacking := [permission for permission in needed if not member.can(permission)]:
        raise NotAllowed(f"Your role ({member.role}) does not allow you to {lacking[0].replace('_', ' ')}.")
    return member
