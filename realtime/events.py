"""What realtime itself tells: notifications, messages, and what operators say to everybody."""

from typing import Any, ClassVar, Literal
from uuid import UUID

from realtime.streams import Event

NOTIFICATIONS, MESSAGES, ALERTS = "notifications", "messages", "alerts"  # topics
MOST_CHARACTERS = 1000  # code points of a message


class NotificationCreated(Event):
    """A fact that somebody should look at; told on the stream and the topic that the fact is of.

    A notification that comes back soon after its end has the same id: what was read stays read.
    """

    type: ClassVar[str] = "notification.created"
    topic: ClassVar[str] = NOTIFICATIONS
    notification: UUID
    kind: str
    subject: str
    data: dict[str, Any]


class NotificationResolved(Event):
    """It has settled: the shelf is full again, nothing waits any more. Told where it was created."""

    type: ClassVar[str] = "notification.resolved"
    topic: ClassVar[str] = NOTIFICATIONS
    notification: UUID


class NotificationRead(Event):
    """To the reader, on all their devices."""

    type: ClassVar[str] = "notification.read"
    topic: ClassVar[str] = NOTIFICATIONS
    notification: UUID


class NotificationDeleted(Event):
    """To who doesn't want to see it any more, on all their devices."""

    type: ClassVar[str] = "notification.deleted"
    topic: ClassVar[str] = NOTIFICATIONS
    notification: UUID


class MessageCreated(Event):
    """`number` counts within the conversation, in the order of commits. A message deleted since has no text."""

    type: ClassVar[str] = "message.created"
    topic: ClassVar[str] = MESSAGES
    message: UUID
    conversation: UUID
    number: int
    author: UUID
    text: str


class MessageDeleted(Event):
    type: ClassVar[str] = "message.deleted"
    topic: ClassVar[str] = MESSAGES
    message: UUID
    conversation: UUID
    number: int


class MessageRead(Event):
    """`reader` has read up to this number: to both of a conversation of two, else to the reader's own devices."""

    type: ClassVar[str] = "message.read"
    topic: ClassVar[str] = MESSAGES
    conversation: UUID
    reader: UUID
    number: int


class SystemAlerted(Event):
    """A rare word of the operators to everybody who is signed in."""

    type: ClassVar[str] = "system.alerted"
    topic: ClassVar[str] = ALERTS
    level: Literal["info", "warning", "critical"]
    text: str
