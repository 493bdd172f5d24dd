"""The streams of a bar and of a person. Higher apps add their topics to a bar's with `open_topic`."""

from collections.abc import Iterable
from typing import Any

from bars.access import find_member
from bars.events import MemberChanged, UserRegistered
from bars.permissions import Permission
from realtime.streams import Stream, registry

BAR_TOPICS: dict[str, Permission] = {}


def open_topic(topic: str, permission: Permission) -> None:
    """Let members with this permission read `topic` of their bar's stream."""
    BAR_TOPICS[topic] = permission


def admit_to_bar(user: Any, key: str) -> Iterable[str] | None:
    """Topics of `bar.<key>` by what the member may do; None for strangers."""
    member = find_member(user, key)
    if member is None or str(member.bar_id) != key:  # another spelling of the id would be followed in silence for good
        return None
    return [topic for topic, needed in BAR_TOPICS.items() if member.can(needed)]


def admit_to_self(user: Any, key: str) -> Iterable[str] | None:
    return ("account", "sales") if str(user.pk) == key else None


def admit_operators(user: Any, key: str) -> Iterable[str] | None:
    return ("figures",) if user.is_superuser and user.is_active and key == "" else None


open_topic("team", Permission.INVITE_WAITERS)
registry.add(
    Stream("bar", admit_to_bar),
    Stream("user", admit_to_self),
    Stream("platform", admit_operators, is_logged=False),
    UserRegistered,
    MemberChanged,
)
