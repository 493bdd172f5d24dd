"""What happens to people."""

from typing import ClassVar
from uuid import UUID

from realtime.streams import Event


class UserRegistered(Event):
    type: ClassVar[str] = "user.registered"
    topic: ClassVar[str] = "account"
    user: UUID
