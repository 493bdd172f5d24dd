"""What happens to people."""

from typing import ClassVar
from uuid import UUID

from realtime.streams import Event


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
