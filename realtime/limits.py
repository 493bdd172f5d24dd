"""How many live connections a stream, a person and the strangers of one address may have, over all processes.

A lease in Valkey counts each connection; it runs out by itself when its process is killed. Above
the limit nobody is refused: they are told to poll. Without Valkey each process counts its own.
"""

import asyncio
import os
import socket
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from realtime.connections import Connection
from realtime.streams import registry
from realtime.valkey import Away, Valkey, key
from realtime.valkey_threads import valkey as threaded

MOST_OF_A_PERSON = 8
LEASE = 60.0  # seconds: when the places of a killed process are free again
RENEW_EVERY = 20.0  # seconds
ALIVE = "alive"  # a key for each process that lives, which it renews every second
DEAD_AFTER = 4  # seconds, as in TAKE: the places of a process whose key is gone are free

# Takes a place in all of the sets or in none; answers the number of the first that is full, 0 for none. Where it is
# full, places are freed of processes that have gone silent, and of the same page before it came back.
TAKE = """
local lease, seconds, alive, page = unpack(ARGV, 1, 4)
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
for number, key in ipairs(KEYS) do
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    local most = tonumber(ARGV[4 + number])
    if redis.call('ZCARD', key) >= most then
        for _, other in ipairs(redis.call('ZRANGE', key, 0, -1)) do
            local process, from = string.match(other, '^%S+ (%S+) %S* %S+ %S+ (.*)$')
            if process and (redis.call('EXISTS', alive .. process) == 0 or (page ~= '' and from == page)) then
                redis.call('ZREM', key, other)
            end
        end
    end
    if redis.call('ZCARD', key) >= most and not redis.call('ZSCORE', key, lease) then return number end
end
for _, key in ipairs(KEYS) do
    redis.call('ZADD', key, now + seconds, lease)
    redis.call('PEXPIRE', key, 1000 * seconds)
end
local mine = string.match(lease, '^%S+ (%S+)')
redis.call('SET', alive .. mine, '', 'EX', 4)
return 0
"""
RENEW = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
for number, key in ipairs(KEYS) do
    redis.call('ZADD', key, now + ARGV[1], ARGV[1 + number])
    redis.call('PEXPIRE', key, 1000 * ARGV[1])
end
"""
LIVE = """
local now = redis.call('TIME')
return redis.call('ZRANGE', KEYS[1], now[1] + now[2] / 1000000, '+inf', 'BYSCORE')
"""


class Lease(NamedTuple):
    """A live connection as every process sees it.

    `person` is empty for a stranger; `page` is a tab of a browser that says which it is, or empty.
    """

    connection: str
    process: str
    person: str
    transport: str
    opened_at: float
    page: str

    @classmethod
    def of(cls, connection: Connection) -> "Lease":
        opened_at = round(connection.opened_at, 3)
        page = f"{connection.client} {connection.tab}".strip()
        return cls(connection.id, process_name(), connection.person, connection.transport, opened_at, page)

    @classmethod
    def read(cls, text: str) -> "Lease":
        connection, process, person, transport, opened_at, page = text.split(" ", 5)
        return cls(connection, process, person, transport, float(opened_at), page)

    def __str__(self) -> str:
        return " ".join(map(str, self))


def process_name() -> str:
    """Of this process, among those of all machines."""
    return f"{socket.gethostname()}-{os.getpid()}"


class Full(NamedTuple):
    """What there is no more room on: a stream, or the connections of the person or the address."""

    scope: str
    most: int


def scopes_of(connection: Connection, streams: Iterable[str]) -> dict[str, int]:
    """What limits this connection, and to how many: its streams, and the person or the address behind it."""
    declared = {name: registry.stream(name) for name in streams}
    scopes = {name: stream.most_live for name, stream in declared.items() if stream and stream.most_live}
    if connection.person:
        return scopes | {f"person.{connection.person}": MOST_OF_A_PERSON}
    return scopes | {f"address.{connection.identity.address}": settings.MOST_LIVE_OF_AN_ADDRESS}


class Leases:
    """Those of one process. What Valkey can't be told now, it is told with the next renewal."""

    def __init__(self, valkey: Valkey) -> None:
        self.valkey = valkey
        self.held: dict[Connection, frozenset[str]] = {}
        self._freed: list[tuple[str, str]] = []
        self._renewed_at = time.monotonic()

    async def take(self, connection: Connection, streams: Iterable[str]) -> Full | None:
        """Count a connection on streams, or say what is full; then nothing is counted."""
        scopes = scopes_of(connection, streams)
        if not scopes or not connection.is_live:
            return None
        names, lease = list(scopes), Lease.of(connection)
        try:
            await self.forget_freed()
            argv = [str(lease), LEASE, key(ALIVE, ""), lease.page, *scopes.values()]
            full = await self.valkey.ask(lambda client: client.eval(TAKE, len(names), *_keys(names), *argv))
        except Away:
            here = Counter(scope for held in self.held.values() for scope in held)
            full = next((number for number, name in enumerate(names, 1) if here[name] >= scopes[name]), 0)
        except asyncio.CancelledError:  # who asked has gone, and may have been counted
            self._freed += [(name, str(lease)) for name in names]
            raise
        if full:
            return Full(names[full - 1], scopes[names[full - 1]])
        self.held[connection] = self.held.get(connection, frozenset()) | scopes.keys()
        return None

    def give_back(self, connection: Connection, *streams: str) -> None:
        """Free the places of a connection on these streams, or all of them."""
        held = self.held.get(connection, frozenset())
        freed = held & set(streams) if streams else held
        if left := held - freed:
            self.held[connection] = left
        else:
            self.held.pop(connection, None)
        self._freed += [(scope, str(Lease.of(connection))) for scope in freed]

    async def forget_freed(self) -> None:
        """Tell Valkey which places are free: soon, and those of a thousand phones at once. Raises Away."""
        while self._freed:
            some, self._freed = self._freed[:500], self._freed[500:]
            try:
                await self.valkey.ask(lambda client, some=some: _remove(client, some))  # type: ignore[misc]
            except Away:
                self._freed += some
                raise

    async def renew(self, *, is_forgotten: bool = False) -> None:
        """Once in a while, and where Valkey has forgotten, tell it which connections are still there. Raises Away."""
        if not is_forgotten and time.monotonic() - self._renewed_at < RENEW_EVERY:
            return
        places = [(connection, scope) for connection, held in self.held.items() for scope in held]
        for first in range(0, len(places), 500):
            some = [(scope, str(Lease.of(connection))) for connection, scope in places[first : first + 500]]
            await self._renew(some)
        self._renewed_at = time.monotonic()
        self._freed += [(scope, str(Lease.of(gone))) for gone, scope in places if scope not in self.held.get(gone, ())]

    async def _renew(self, places: list[tuple[str, str]]) -> None:
        keys, leases = _keys(scope for scope, _ in places), [lease for _, lease in places]
        await self.valkey.ask(lambda client: client.eval(RENEW, len(keys), *keys, LEASE, *leases))


async def _remove(client: Any, places: list[tuple[str, str]]) -> None:
    async with client.pipeline(transaction=False) as pipe:
        for scope, lease in places:
            pipe.zrem(key("live", scope), lease)
        await pipe.execute()


async def live_on(valkey: Valkey, scope: str) -> list[Lease]:
    """The live connections of a stream, or of a person (`person.<key>`), over all processes. Raises Away."""
    return [Lease.read(text) for text in await valkey.ask(lambda client: client.eval(LIVE, 1, key("live", scope)))]


def connections_of(user_id: UUID) -> list[dict[str, Any]]:
    """A person's live connections over all processes, for threads; none while Valkey can't say."""
    where = key("live", f"person.{user_id}")
    try:
        texts = threaded.ask(lambda client: client.eval(LIVE, 1, where))
    except Away:
        return []
    return [Lease.read(text)._asdict() for text in texts]


def _keys(scopes: Iterable[str]) -> list[str]:
    return [key("live", scope) for scope in scopes]
