"""Streams and what travels on them. Each app declares its own in <app>/streams.py.

A stream is the unit of order, permission and resume; a topic is a filter inside it with a
permission of its own. A log topic carries events that are numbered, kept and replayed; a state
topic carries only the latest value of something computed, and only while someone is watching.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

INVALIDATE = "invalidate"  # stands for more events than a frame should carry; names their topics
PRESENCE = "presence"  # the topic that tells who is here; asked for by name, like a state
EVERY = "*"  # topic: all that are logged
POLL_EVERY = 5.0  # seconds between the requests of a client that polls
NAME = re.compile(r"[a-z]+(\.[A-Za-z0-9-]{1,60})?", re.ASCII)  # what a channel layer group may be called


class Event(BaseModel):
    """Base of every event: ids and the few values that a screen patches in place."""

    model_config = ConfigDict(extra="forbid")
    type: ClassVar[str]  # noun.past_tense
    topic: ClassVar[str]


@dataclass(frozen=True)
class Stream:
    """A family of streams, `<kind>.<key>`, or the single stream `<kind>`.

    `admit(user, key)` returns the topics this user may read, or None where there is nothing
    for them: strangers and unknown keys look the same. It may query the database. Who hasn't signed in
    is asked for only where `is_public`. `admit_many` answers the same for many pairs
    of user and key at once, where each would cost a query. Past `most_live` live connections to
    one stream (None: no limit) a client polls; `tell_full(key, is_full)` hears of it, and when there is room again.
    """

    kind: str
    admit: Callable[[Any, str], Iterable[str] | None]
    is_logged: bool = True
    is_public: bool = False
    most_live: int | None = None
    tell_full: Callable[[str, bool], None] | None = None
    admit_many: Callable[[Sequence[tuple[Any, str]]], Sequence[Iterable[str] | None]] | None = None

    def admits(self, asked: Sequence[tuple[Any, str]]) -> Sequence[Iterable[str] | None]:
        """The topics for each user and key. Queries."""
        return self.admit_many(asked) if self.admit_many else [self.admit(user, key) for user, key in asked]


@dataclass(frozen=True)
class State:
    """A value computed from the database, pushed to its watchers when an event of `on` is seen.

    `compute(keys)` returns a JSON value for each stream key asked, all of them in one query.
    `stream` is the kind it is shown on, `topic` the topic to subscribe. Two computations of one
    key are at least `least_gap` seconds apart, and at most `max_age` seconds: figures of today
    change with the clock too.
    """

    stream: str
    topic: str
    on: frozenset[str]
    compute: Callable[[list[str]], Mapping[str, Any]]
    least_gap: float = 0.25
    max_age: float = 60.0


@dataclass(frozen=True)
class Pace:
    """How often those who poll ask for streams of a kind, from whoever knows how busy they are.

    `seconds(keys)` returns the pause between two requests for streams of these keys. It may query the database.
    """

    kind: str
    seconds: Callable[[list[str]], float]


@dataclass(frozen=True)
class Action:
    """What a client may send, on a socket or over HTTP, by what it does: `message.send`.

    `perform(user, data)` runs in a thread with the data read as a `body`; it returns what the
    client is told, or raises a Problem.
    """

    name: str
    body: type[BaseModel]
    perform: Callable[[Any, Any], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Signal:
    """What a client may send to those who listen now; nothing keeps it: somebody is typing.

    `route(user, data)` names the stream and topic that hear it and what they are told, or raises
    a Problem. It runs in a thread.
    """

    name: str
    body: type[BaseModel]
    route: Callable[[Any, Any], tuple[str, str, Mapping[str, Any]]]


@dataclass
class Registry:
    """All that is declared, by name."""

    streams: dict[str, Stream] = field(default_factory=dict)
    events: dict[str, type[Event]] = field(default_factory=dict)
    states: dict[tuple[str, str], State] = field(default_factory=dict)
    sends: dict[str, Action | Signal] = field(default_factory=dict)
    paces: dict[str, Pace] = field(default_factory=dict)

    def add(self, *declared: Stream | State | Pace | Action | Signal | type[Event]) -> None:
        """Register what an app declares; a name taken twice is an error at start-up."""
        for one in declared:
            match one:
                case Stream():
                    self._put(self.streams, one.kind, one)
                case State():
                    self._put(self.states, (one.stream, one.topic), one)
                case Pace():
                    self._put(self.paces, one.kind, one)
                case Action() | Signal():
                    self._put(self.sends, one.name, one)
                case _:
                    self._put(self.events, one.type, one)

    def _put(self, table: dict, name: Any, value: Any) -> None:
        if table.setdefault(name, value) is not value:
            raise ValueError(f"{name} is declared twice")

    def stream(self, name: str) -> Stream | None:
        """The declared family of a stream's name, or None."""
        return self.streams.get(name.partition(".")[0]) if NAME.fullmatch(name) else None

    def admitted(self, user: Any, name: str, topics: Iterable[str] | None) -> frozenset[str] | None:
        """As `admitted_many`, for one."""
        return self.admitted_many([(user, name, topics)])[0]

    def admitted_many(self, asked: Sequence[tuple[Any, str, Iterable[str] | None]]) -> list[frozenset[str] | None]:
        """For each user and stream the topics that they get of those asked (None or `*`: every log topic), or None.

        Queries the database, once for each kind of stream that can. A topic asked for but not allowed
        refuses the whole subscription: silence would look like calm.
        """
        allowed: dict[int, Iterable[str] | None] = {}
        kinds: dict[str, list[int]] = {}
        for number, (user, name, _) in enumerate(asked):
            if (stream := self.stream(name)) and (stream.is_public or user.is_authenticated):
                kinds.setdefault(stream.kind, []).append(number)
        for kind, numbers in kinds.items():
            pairs = [(asked[number][0], asked[number][1].partition(".")[2]) for number in numbers]
            allowed |= zip(numbers, self.streams[kind].admits(pairs), strict=True)
        return [self._chosen(name, topics, allowed.get(number)) for number, (_, name, topics) in enumerate(asked)]

    def _chosen(self, name: str, topics: Iterable[str] | None, allowed: Iterable[str] | None) -> frozenset[str] | None:
        if allowed is None:
            return None
        allowed, wanted = frozenset(allowed), frozenset([EVERY] if topics is None else topics)
        if EVERY in wanted:
            kind = name.partition(".")[0]
            wanted = wanted - {EVERY} | {topic for topic in allowed if self.is_logged_topic(kind, topic)}
            return wanted if wanted <= allowed else None
        return wanted if wanted and wanted <= allowed else None

    @property
    def has_public(self) -> bool:
        """Whether there is any stream for people who haven't signed in."""
        return any(stream.is_public for stream in self.streams.values())

    def is_logged_topic(self, kind: str, topic: str) -> bool:
        """Whether a topic carries events, rather than a computed value or who is here."""
        return topic != PRESENCE and (kind, topic) not in self.states

    def pace(self, names: Iterable[str]) -> float:
        """Seconds between two requests of who polls these streams: the longest asked for. May query the database."""
        keys: dict[str, list[str]] = {}
        for name in names:
            kind, _, key = name.partition(".")
            keys.setdefault(kind, []).append(key)
        return max(
            (self.paces[kind].seconds(found) for kind, found in keys.items() if kind in self.paces), default=POLL_EVERY
        )

    def touched(self, types: Iterable[str]) -> set[str]:
        """Names of the state-only streams that depend on events of these types, like platform."""
        seen = set(types)
        return {
            state.stream
            for state in self.states.values()
            if (state.on & seen or INVALIDATE in seen) and not self.streams[state.stream].is_logged
        }

    def states_of(self, name: str, types: Iterable[str]) -> list[State]:
        """The states shown on stream `name` that events of these types change."""
        kind, seen = name.partition(".")[0], set(types)
        return [s for s in self.states.values() if s.stream == kind and (s.on & seen or INVALIDATE in seen)]


registry = Registry()
