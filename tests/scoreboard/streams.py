"""All that an app says to have streams and an event of its own: cups for who is signed in, games for all."""

from typing import ClassVar
from uuid import UUID

from realtime.streams import Event, Stream, registry


class GoalScored(Event):
    type: ClassVar[str] = "goal.scored"
    topic: ClassVar[str] = "scores"
    goal: UUID
    match: UUID
    home: bool


registry.add(
    Stream("cup", lambda user, key: ["scores"] if user.is_authenticated else None),
    Stream("game", lambda user, key: ["scores"], is_public=True),
    GoalScored,
)
