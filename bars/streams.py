"""The streams of a bar and of a person. Higher apps add their topics to a bar's with `open_topic`."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from bars.access import find_members
from bars.events import AccessChanged, MemberChanged, UserRegistered
from bars.models import Member, User
from bars.permissions import Permission
from bars.sends import SENDS
from realtime.events import (
    ALERTS,
    MESSAGES,
    NOTIFICATIONS,
    MessageCreated,
    MessageDeleted,
    MessageRead,
    NotificationCreated,
    NotificationDeleted,
    NotificationRead,
    NotificationResolved,
    SystemAlerted,
)
from realtime.notifications import notify, resolve
from realtime.services import EVERYONE
from realtime.streams import PRESENCE, Stream, registry

MOST_LIVE = 30  # connections to one bar; more people than that poll
BAR_TOPICS: dict[str, Permission] = {}
OWN_TOPICS = {"account", "sales", MESSAGES, NOTIFICATIONS}
EVERYONES_TOPICS = {ALERTS}


def open_topic(topic: str, permission: Permission) -> None:
    """Let members with this permission read `topic` of their bar's stream."""
    BAR_TOPICS[topic] = permission


def open_own_topic(topic: str) -> None:
    """Let people read `topic` of their own stream, `user.<id>`: for events that are sent to a person."""
    OWN_TOPICS.add(topic)


def open_topic_to_everyone(topic: str) -> None:
    """Let who is signed in read `topic` of the stream `everyone`: for events that are broadcast."""
    EVERYONES_TOPICS.add(topic)


def topics_of(member: Member) -> list[str]:
    """What this member may read of their bar's stream."""
    return [topic for topic, needed in BAR_TOPICS.items() if member.can(needed)]


def streams_of(user: User, members: Sequence[Member] | None = None) -> dict[str, list[str]]:
    """Every stream of a person's own with the topics that they may read: bars, self, everyone.

    In one query, or in none by `members`, all of theirs.
    """
    members = user.memberships if members is None else members
    bars = {f"bar.{member.bar_id}": topics_of(member) for member in members}
    return bars | {f"user.{user.pk}": sorted(OWN_TOPICS), EVERYONE: sorted(EVERYONES_TOPICS)}


def admit_to_bar(user: Any, key: str) -> Iterable[str] | None:
    """Topics of `bar.<key>` by what the member may do; None for strangers."""
    return admit_to_bars([(user, key)])[0]


def admit_to_bars(asked: Sequence[tuple[Any, str]]) -> Sequence[Iterable[str] | None]:
    """As `admit_to_bar`, in one query. Another spelling of an id is a stranger's: it would be followed in silence."""
    members = find_members(asked)
    return [topics_of(member) if (member := members.get(pair)) else None for pair in asked]


def admit_to_self(user: Any, key: str) -> Iterable[str] | None:
    return OWN_TOPICS if str(user.pk) == key else None


def admit_everyone(user: Any, key: str) -> Iterable[str] | None:
    return EVERYONES_TOPICS if user.is_authenticated and key == "" else None


def admit_operators(user: Any, key: str) -> Iterable[str] | None:
    return ("figures",) if user.is_superuser and user.is_active and key == "" else None


def tell_full(key: str, is_full: bool) -> None:
    """Let who looks after the team know that some of them see a slower screen."""
    if is_full:
        notify(f"bar.{key}", "team", "bar_full", data=json.dumps({"most": MOST_LIVE}))
    else:
        resolve(f"bar.{key}", "bar_full")


open_topic("team", Permission.INVITE_WAITERS)
open_topic(MESSAGES, Permission.CHAT)
open_topic(PRESENCE, Permission.UNDO_OWN_SALE)
registry.add(
    Stream("bar", admit_to_bar, most_live=MOST_LIVE, tell_full=tell_full, admit_many=admit_to_bars),
    Stream("user", admit_to_self),
    Stream(EVERYONE, admit_everyone),
    Stream("platform", admit_operators, is_logged=False),
    UserRegistered,
    AccessChanged,
    MemberChanged,
    NotificationCreated,
    NotificationResolved,
    NotificationRead,
    NotificationDeleted,
    MessageCreated,
    MessageDeleted,
    MessageRead,
    SystemAlerted,
    *SENDS,
)
