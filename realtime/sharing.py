"""Computed values between processes: one computes, the others take what it has found.

A value goes with how far its process knew the stream before it began to compute, so it holds every change until there.
Another takes it where it knows the stream no further itself: nothing that it has heard of is missing. Without Valkey,
or with a slow one, each process computes for itself.
"""

import asyncio
import secrets
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from realtime.cursors import Cursor
from realtime.streams import registry
from realtime.valkey import Away, Valkey, key

if TYPE_CHECKING:
    from realtime.feeds import Feed

PATIENCE = 0.05  # seconds that a value may be late for the sake of not computing it twice
LOOK_AGAIN = 0.008  # seconds, while another process computes
LEASE = 2 * PATIENCE  # what a process that dies while it computes costs the others
REST = 1.0  # seconds without asking a Valkey that was slow

# For each key a value that is new enough (its number, its age, its text); 1 while another process computes one that
# will be; 0 where the asker has thereby promised to compute it.
LOOK = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local longest, lease = tonumber(ARGV[1]), tonumber(ARGV[2])
local found = {}
for n, key in ipairs(KEYS) do
    local epoch, seq = ARGV[1 + 2 * n], tonumber(ARGV[2 + 2 * n])
    local kept = redis.call('HMGET', key, 'epoch', 'seq', 'at', 'text', 'busy_epoch', 'busy_seq', 'busy_until')
    if kept[1] == epoch and tonumber(kept[2]) >= seq and now - kept[3] < longest then
        found[n] = {kept[2], string.format('%.6f', now - kept[3]), kept[4]}
    elseif kept[5] == epoch and tonumber(kept[6]) >= seq and now < tonumber(kept[7]) then
        found[n] = 1
    else
        redis.call('HSET', key, 'busy_epoch', epoch, 'busy_seq', seq, 'busy_until', string.format('%.6f', now + lease))
        redis.call('PEXPIRE', key, math.ceil(1000 * (longest + lease)))
        found[n] = 0
    end
end
return found
"""
# One that reaches further stays, unless it is as old as a value may be; and so does the promise of one.
PUT = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local longest, took = tonumber(ARGV[1]), tonumber(ARGV[2])
for n, key in ipairs(KEYS) do
    local epoch, seq, text = ARGV[3 * n], ARGV[1 + 3 * n], ARGV[2 + 3 * n]
    local kept = redis.call('HMGET', key, 'epoch', 'seq', 'at', 'busy_epoch', 'busy_seq')
    if kept[4] ~= epoch or tonumber(kept[5]) <= tonumber(seq) then
        redis.call('HDEL', key, 'busy_epoch', 'busy_seq', 'busy_until')
    end
    if kept[1] ~= epoch or tonumber(kept[2]) <= tonumber(seq) or now - kept[3] >= longest then
        redis.call('HSET', key, 'epoch', epoch, 'seq', seq, 'at', string.format('%.6f', now - took), 'text', text)
        redis.call('PEXPIRE', key, math.ceil(1000 * longest))
    end
end
"""


class Value(NamedTuple):
    """As JSON text. `known` is how far its process knew the stream before it began, `age` seconds since then."""

    text: str
    known: Cursor
    age: float


def reaches(known: Cursor | None, needed: Cursor | None) -> bool:
    """Whether who knew so much has seen all that is needed. Nobody can tell of a stream that nobody numbers."""
    return known is not None and needed is not None and known.epoch == needed.epoch and known.seq >= needed.seq


class Known:
    """How far this process has heard of each stream: the head of its feed, or the relay's latest touch."""

    def __init__(self, feeds: Mapping[str, "Feed"]) -> None:
        self._feeds, self._touched = feeds, dict[str, Cursor | None]()

    def of(self, stream: str) -> Cursor | None:
        declared = registry.stream(stream)
        if declared and not declared.is_logged:
            return self._touched.get(stream)
        feed = self._feeds.get(stream)
        return feed.head if feed else None

    def hear(self, stream: str, told: list[Any] | None) -> None:
        """A touch has come with its cursor; of those that overtake each other the later counts."""
        cursor = Cursor(*told) if told else None
        if not reaches(self._touched.get(stream), cursor):
            self._touched[stream] = cursor


class Touches:
    """The relay's numbers for what no log numbers. Each relay begins a life of its own."""

    def __init__(self) -> None:
        self._life, self._count = secrets.token_hex(8), 0

    def next(self) -> Cursor:
        """For a touch that tells of what is committed already."""
        self._count += 1
        return Cursor(self._life, self._count)


class Shared:
    """What processes know of each other's values of one topic. Never raises, and never holds anybody up for long."""

    def __init__(self, valkey: Valkey, topic: str, known: Known) -> None:
        self.valkey, self.topic, self.known = valkey, topic, known
        self._rests_until = 0.0

    async def look(self, wanted: Mapping[str, Cursor], max_age: float) -> dict[str, Value | None]:
        """For each stream a value that reaches what is wanted, or None while another process computes one.

        What is left out is the caller's to compute: the others wait for it. One round trip for all.
        """
        argv = [max_age, LEASE, *(part for cursor in wanted.values() for part in cursor)]
        found = await self._ask(LOOK, list(wanted), argv) or []
        return {
            stream: Value(one[2], Cursor(cursor.epoch, int(one[0])), float(one[1])) if isinstance(one, list) else None
            for (stream, cursor), one in zip(wanted.items(), found, strict=False)
            if one != 0
        }

    async def put(self, values: Mapping[str, tuple[Cursor, str]], took: float, max_age: float) -> None:
        """Leave for the others what has taken so many seconds to compute."""
        parts = [part for known, text in values.values() for part in (*known, text)]
        if values:
            await self._ask(PUT, list(values), [max_age, took, *parts])

    async def _ask(self, script: str, streams: list[str], argv: list[Any]) -> Any:
        """What the script answers, or None."""
        if time.monotonic() < self._rests_until or not streams:
            return None
        names = [key("state", self.topic, stream) for stream in streams]
        try:
            async with asyncio.timeout(PATIENCE):
                return await self.valkey.ask(lambda client: client.eval(script, len(names), *names, *argv))
        except (Away, TimeoutError):
            self._rests_until = time.monotonic() + REST
            return None
