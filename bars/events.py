"""What happens to people."""

from typing import Any, ClassVar
from uuid import UUID

from realtime.streams import Event
from realtime.triggers import Publish


class UserRegistered(Event):
    type: ClassVar[str] = "user.registered"
    topic: ClassVar[str] = "account"
    user: UUID


class MemberChanged(Event):
    """Somebody has joined the team, left it, or has another role."""

    type: ClassVar[str] = "member.changed"
    topic: ClassVar[str] = "team"
    member: UUID
    role: str
    active: bool


class AccessChanged(Event):
    """What this person may do, or by what they are signed in, has changed: their live connections ask again."""

    type: ClassVar[str] = "access.changed"
    topic: ClassVar[str] = "account"
    user: UUID


def access_of(person: str, **options: Any) -> Publish:
    """The trigger that tells the person whose id is this SQL expression over NEW and OLD."""
    return Publish(AccessChanged, stream=f"'user.' || {person}", data={"user": person}, **options)
