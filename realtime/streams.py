"""Streams and what travels on them. Each app declares its own in <app>/streams.py.

A stream is the unit of order, permission and resume; a topic is a filter inside it with a
permission of its own. A log topic carries events that are numbered, kept and replayed; a state
topic carries only the latest value of something computed, and only while someone is watching.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

INVALIDATE = "invalidate"  # stands for more events than a frame should carry; names their topics
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
    for them: strangers and unknown keys look the same. It may query the database.
    """

    kind: str
    admit: Callable[[Any, str], Iterable[str] | None]
    is_logged: bool = True
    events: tuple[type[Event], ...] = ()


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


@dataclass
class Registry:
    """All that is declared, by name."""

    streams: dict[str, Stream] = field(default_factory=dict)
    events: dict[str, type[Event]] = field(default_factory=dict)
    states: dict[tuple[str, str], State] = field(default_factory=dict)

    def add(self, *declared: Stream | State | type[Event]) -> None:
        """Register streams, states and event types; a name taken twice is an error at start-up."""
        for one in declared:
            match one:
                case Stream():
                    self._put(self.streams, one.kind, one)
                case State():
                    self._put(self.states, (one.stream, one.topic), one)
                case _:
                    self._put(self.events, one.type, one)

    def _put(self, table: dict, name: Any, value: Any) -> None:
        if table.setdefault(name, value) is not value:
            raise ValueError(f"{name} is declared twice")

    def stream(self, name: str) -> Stream | None:
        """The declared family of a stream's name, or None."""
        return self.streams.get(name.partition(".")[0]) if NAME.fullmatch(name) else None

    def admitted(self, user: Any, name: str, topics: Iterable[str] | None) -> frozenset[str] | None:
        """Topics of `name` that this user gets out of those asked (None: every log topic), or None.

        Queries the database. A topic asked for but not allowed refuses the whole subscription:
        silence would look like calm.
        """
        stream = self.stream(name)
        allowed = stream.admit(user, name.partition(".")[2]) if stream else None
        if stream is None or allowed is None:
            return None
        if topics is None:
            return frozenset(topic for topic in allowed if (stream.kind, topic) not in self.states)
        wanted = frozenset(topics)
        return wanted if wanted and wanted <= set(allowed) else None

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
