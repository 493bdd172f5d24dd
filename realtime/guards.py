"""Who may still listen: a person's connections are looked at again when their access changes."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from realtime.connections import ACCESS_CHANGED, NOT_ALLOWED, SIGN_IN, Connection
from realtime.counters import Counters
from realtime.feeds import Feed
from realtime.streams import INVALIDATE, registry
from realtime.threads import in_thread

log = logging.getLogger(__name__)

EVENT = "access.changed"  # on the stream of whom it concerns, from the triggers of the app that knows why
SWEEP_EVERY = 60.0  # seconds: all are looked at again, should an event have been missed
AT_ONCE = 20  # connections of one process that are looked at together

End = tuple[int, str, str]
SIGNED_OUT: End = SIGN_IN, "sign_in", "You have signed out, or your account has changed: sign in again."


def stream_of(person: str) -> str:
    return f"user.{person}"


class Guards:
    """One for each person with a connection here: it follows their stream, whatever they have asked for."""

    def __init__(self, pin: Callable[[str], Awaitable[Feed]], counters: Counters) -> None:
        self.connections: dict[str, set[Connection]] = {}
        self._pin, self._counters = pin, counters
        self._feeds: dict[str, Feed] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._swept_at = time.monotonic()

    async def add(self, connection: Connection) -> None:
        """Follow the person's stream. What changes after this is seen; authorise after it."""
        person = connection.person
        if not person:
            return
        self.connections.setdefault(person, set()).add(connection)
        feed = await self._pin(stream_of(person))
        if person in self._feeds or person not in self.connections:
            feed.pins -= 1  # another came first, or this one has left meanwhile
        else:
            self._feeds[person] = feed

    def remove(self, connection: Connection) -> None:
        person = connection.person
        others = self.connections.get(person, set())
        others.discard(connection)
        if not others:
            self.connections.pop(person, None)
            if feed := self._feeds.pop(person, None):
                feed.pins -= 1

    def saw(self, stream: str, types: Iterable[str]) -> None:
        """An event has come; it may be about somebody's access."""
        kind, _, person = stream.partition(".")
        if kind == "user" and person in self.connections and not {EVENT, INVALIDATE}.isdisjoint(types):
            self.look_at(self.connections[person])

    async def sweep(self) -> None:
        """Once a minute, ask of everybody whether they are still signed in. What they may see is told by events."""
        if time.monotonic() - self._swept_at < SWEEP_EVERY:
            return
        self._swept_at = time.monotonic()
        ways: dict[Callable[..., Any], list[Connection]] = {}
        for connections in self.connections.values():
            for connection in connections:
                ways.setdefault(connection.identity.check_many, []).append(connection)
        for check_many, those in ways.items():
            found = await in_thread(check_many)([connection.identity for connection in those])
            for connection in those:
                if connection.identity not in found:
                    connection.end(*SIGNED_OUT)

    def look_at(self, connections: Iterable[Connection]) -> None:
        """Ask again whether they may listen, soon; whoever may not is closed, with the reason."""
        for connection in list(connections):
            task = asyncio.create_task(self._recheck(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _recheck(self, connection: Connection) -> None:
        async with self._room:
            if connection.close_code:
                return
            self._counters.rechecked += 1
            try:
                end = await in_thread(verdict)(connection)
            except Exception:  # the database is away: the next sweep asks again
                log.exception("a connection could not be checked again")
                return
            if end:
                connection.end(*end)


def verdict(connection: Connection) -> End | None:
    """How a connection has to end because of what its person may do now, None where all is as it was. Queries."""
    user = connection.identity.check()
    if user is None:
        return SIGNED_OUT
    wishes = [(user, stream, asked) for stream, asked in connection.asked.items()]
    for (_, stream, _), allowed in zip(wishes, registry.admitted_many(wishes), strict=True):
        if allowed is None:
            return NOT_ALLOWED, "not_allowed", "You may not follow this any more."
        if allowed != connection.streams.get(stream, allowed):
            return ACCESS_CHANGED, "access_changed", "What you may see has changed: connect again."
    return None
