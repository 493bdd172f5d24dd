"""What a follower is told, and what it is refused."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One fact. The last of a transaction carries the `cursor` behind it: what to keep when that is dealt with."""

    stream: str
    type: str
    data: Any
    at: str  # ISO 8601, the moment of the commit
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """The latest value of something computed; what was queued of the same key is replaced."""

    stream: str
    key: str
    data: Any


@dataclass(frozen=True, slots=True)
class Reset:
    """What was missed is not to be had one by one: read the lists again (of `topics`, if they are named).

    Then go on from the cursor of what was read, `following.resume(since)`, or from this one by just going on.
    `reason` is the server's word: epoch, trimmed, cursor, access or invalidate.
    """

    stream: str
    reason: str
    cursor: str
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signal:
    """Said to those who listen now, and kept by nobody: somebody is typing."""

    stream: str
    name: str
    data: Any


@dataclass(frozen=True, slots=True)
class Presence:
    """Who has come and who has gone, by the id of the person; first, all who are here. Asked for as a topic."""

    stream: str
    joined: tuple[str, ...]
    left: tuple[str, ...]


Happening = Event | State | Reset | Signal | Presence


class FeedError(Exception):
    """Base of what a feed raises."""


class Refused(FeedError):
    """The server said no: `code` is stable and for programs, `data` holds what came with it."""

    def __init__(self, code: str, detail: str = "", **data: Any) -> None:
        super().__init__(detail or code)
        self.code, self.detail, self.data = code, detail or code, data


class SignInRequired(Refused):
    """The token is missing, wrong, expired or revoked."""


class OutcomeUnknown(FeedError):
    """The line went away before the server said what became of a message that was sent."""
