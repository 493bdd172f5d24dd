"""From the outbox to the channel layer: at least once, in order, nothing lost when it dies.

A commit leaves a row in realtime_outbox and rings `stats_changed`. The relay reads what the row
points to, publishes it, and only then deletes the row, so a relay killed at any line repeats
itself and never forgets. Hubs drop what they have seen by its number.
"""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator
from typing import Any, Self

import psycopg
from channels.layers import get_channel_layer
from django.db import connection
from redis.exceptions import RedisError

from realtime.groups import group_of
from realtime.log import grouped
from realtime.streams import registry

log = logging.getLogger(__name__)

BELL = "stats_changed"
NOT_FOR_LIBPQ = {"context", "cursor_factory", "prepare_threshold"}  # Django's own wishes for its connections
LONGEST_SLEEP = 1.0  # seconds: what a lost bell may cost
KEEPALIVE = 15.0  # seconds between signs of life on the LISTEN connection
PUBLISH_TIMEOUT = 2.0  # seconds that a silent Valkey may hold the line
READ_TIMEOUT = 10.0  # seconds after which a silent database counts as gone
LAYER_ERRORS = (RedisError, OSError, TimeoutError)
MOST_AT_ONCE = 500  # outbox rows a pass

# A row whose events have been trimmed since comes alone: it is forgotten too, or it would hold up the line for good.
UNPUBLISHED = f"""
WITH due AS MATERIALIZED (SELECT * FROM realtime_outbox ORDER BY id LIMIT {MOST_AT_ONCE})
SELECT due.id, due.stream, head.epoch, event.seq, event.xid, event.topic, event.type, event.data::text, event.created_at
FROM due
LEFT JOIN realtime_streamhead AS head ON head.stream = due.stream
LEFT JOIN realtime_event AS event
  ON event.stream = head.stream AND event.slot = due.slot AND event.seq BETWEEN due.first_seq AND due.last_seq
ORDER BY due.id, event.seq
"""
FORGET = "DELETE FROM realtime_outbox WHERE id = ANY(%s)"


class Relay:
    """Two direct connections (one that only listens) and one publisher."""

    def __init__(self, listening: psycopg.AsyncConnection, reading: psycopg.AsyncConnection) -> None:
        self.listening, self.reading = listening, reading
        self.layer: Any = get_channel_layer()

    @classmethod
    @contextlib.asynccontextmanager
    async def connected(cls) -> AsyncIterator[Self]:
        """LISTEN comes first: what is committed from here on rings, what was before is found by the first pass."""
        settings = {k: v for k, v in connection.get_connection_params().items() if k not in NOT_FOR_LIBPQ}
        async with (
            await psycopg.AsyncConnection.connect(**settings, autocommit=True) as listening,
            await psycopg.AsyncConnection.connect(**settings, autocommit=True) as reading,
        ):
            await listening.execute(f"LISTEN {BELL}")
            yield cls(listening, reading)

    async def run(self) -> None:
        """Publish until cancelled. Raises psycopg.OperationalError when the database goes away."""
        quiet_since = asyncio.get_running_loop().time()
        while True:
            while await self.publish_due():
                pass
            now = asyncio.get_running_loop().time()
            if await self.rang():
                quiet_since = now
            elif now - quiet_since > KEEPALIVE:
                await self.listening.execute("SELECT 1")
                quiet_since = now

    async def rang(self) -> bool:
        """Wait for the bell, at most LONGEST_SLEEP; many rings count as one."""
        rang = False
        async for _ in self.listening.notifies(timeout=LONGEST_SLEEP, stop_after=1):
            rang = True
        return rang

    async def publish_due(self) -> bool:
        """Carry one batch; False when there was nothing more, or Valkey is away and the rows stay."""
        async with asyncio.timeout(READ_TIMEOUT):
            rows = await (await self.reading.execute(UNPUBLISHED)).fetchall()
        published: list[int] = []
        types: set[str] = set()
        try:
            for (row_id, stream, epoch), group in itertools.groupby(rows, key=lambda row: row[:3]):
                for frame in grouped(stream, epoch, (row[3:] for row in group if row[3])):
                    await self.send(stream, {"type": "frame", "frame": list(frame)})
                    types |= frame.types
                published.append(row_id)
            for stream in sorted(registry.touched(types)):
                await self.send(stream, {"type": "touch", "stream": stream})
        except LAYER_ERRORS as error:
            log.warning("the channel layer does not answer (%r): events wait", error)
            await asyncio.sleep(LONGEST_SLEEP)
        if published:
            await self.reading.execute(FORGET, [published])
        return len(published) == MOST_AT_ONCE

    async def send(self, stream: str, message: dict[str, Any]) -> None:
        async with asyncio.timeout(PUBLISH_TIMEOUT):
            await self.layer.group_send(group_of(stream), message)
