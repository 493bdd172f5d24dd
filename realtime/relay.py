"""From the outbox to the channel layer: at least once, in order, nothing lost when it dies.

A commit leaves a row in realtime_outbox. The relay reads what the row points to, publishes it, and
only then deletes the row, so a relay killed at any line repeats itself and never forgets. Hubs drop
what they have seen by its number. Awake it looks every few milliseconds; asleep it waits for the
bell, `stats_changed`, which commits ring only for sleepers (docs/realtime.md says why).
"""

import asyncio
import contextlib
import itertools
import logging
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Self

from django.conf import settings

from realtime.lines import Line, leads
from realtime.log import grouped
from realtime.publisher import LAYER_ERRORS, Message, Publisher
from realtime.relay_status import Status
from realtime.sharing import Touches
from realtime.streams import registry

log = logging.getLogger(__name__)

BELL = "stats_changed"
AWAKE, ASLEEP = 0, 1  # what realtime_bell holds
LOOK_EVERY = 0.005  # seconds between looks while awake
QUIET = 0.25  # seconds without an event after which the relay falls asleep
LAST_LOOK = 0.02  # seconds: commits under way that saw it awake have ended by then, or wait for the next second
LONGEST_SLEEP = 1.0  # seconds: what a lost bell may cost
AT_ONCE = 0.001  # seconds
HEARTBEAT = 5.0  # seconds between signs of life on the line that listens
REST = 0.2  # seconds before a layer that didn't answer is tried again
MOST_AT_ONCE = 500  # outbox rows a look
PARCEL = 50  # outbox rows that are published together
MOST_MISSED = "1 hour"  # of what was committed before, a crash of Postgres may have emptied the outbox

# A row whose events have been trimmed since comes alone: it is forgotten too, or it would hold up the line for good.
# OFFSET 0 has each row look for its own few events: an outbox is empty whenever statistics are taken, and to join it as
# a whole Postgres reads the whole log at every look.
UNPUBLISHED = f"""
WITH due AS MATERIALIZED (SELECT * FROM realtime_outbox WHERE id > %s ORDER BY id LIMIT {MOST_AT_ONCE})
SELECT due.id, due.stream, due_event.*
FROM due
LEFT JOIN LATERAL (
    SELECT head.epoch, event.seq, event.xid, event.topic, event.type, event.data::text, event.created_at
    FROM realtime_streamhead AS head
    LEFT JOIN realtime_event AS event
      ON event.stream = head.stream AND event.slot = due.slot AND event.seq BETWEEN due.first_seq AND due.last_seq
    WHERE head.stream = due.stream
    OFFSET 0
) AS due_event ON true
ORDER BY due.id, due_event.seq
"""
FORGET = "DELETE FROM realtime_outbox WHERE id = ANY(%s)"
ANNOUNCE = f"SELECT realtime_announce(clock_timestamp() - interval '{MOST_MISSED}')"


class Relay:
    """One line to Postgres that listens, one that leads and reads, and one to Valkey."""

    def __init__(self, listening: Line, reading: Line, publisher: Publisher, status: Status | None = None) -> None:
        self.listening, self.reading, self.publisher = listening, reading, publisher
        self.status = status or Status()
        self._floor = self._next_floor = self._highest = 0
        self._looked_at_all = self._heard = 0.0
        self._touches = Touches()

    @classmethod
    @contextlib.asynccontextmanager
    async def connected(cls, status: Status | None = None) -> AsyncIterator[Self]:
        async with contextlib.AsyncExitStack() as opened:
            listening = await opened.enter_async_context(Line.open())
            reading = await opened.enter_async_context(Line.open())
            publisher = Publisher()
            opened.push_async_callback(publisher.close)
            yield cls(listening, reading, publisher, status)

    async def leads(self) -> bool:
        """Take the lead where nobody has it."""
        return await leads(self.reading)

    async def run(self) -> None:
        """Publish until cancelled. Raises psycopg.OperationalError when the database, or the lead, is lost.

        LISTEN comes first: what is committed from here on rings, what was before is found by the first look. Who
        stands by doesn't listen: bells that nobody reads would fill the queue of all.
        """
        await self.listening.ask(f"LISTEN {BELL}")
        await self.reading.ask(ANNOUNCE)
        if settings.DOORBELL == "always":
            await self.set_bell(ASLEEP)
        while True:
            if settings.DOORBELL == "adaptive":
                await self.stay_awake()
                await self.fall_asleep()
            while not await self.publish_due():
                await self.rang(LONGEST_SLEEP)
                await self.beat()
            await self.rang(AT_ONCE)  # takes the bells away: unread they fill the queue

    async def stay_awake(self) -> None:
        """Look every few milliseconds until nothing has come for a while."""
        await self.set_bell(AWAKE)
        busy_at = time.monotonic()
        while time.monotonic() - busy_at < QUIET:
            if await self.publish_due():
                busy_at = time.monotonic()
            await self.beat()
            await asyncio.sleep(LOOK_EVERY)

    async def fall_asleep(self) -> None:
        """Commits under way have seen it awake and rang nobody: one more look when most of them have ended."""
        await self.set_bell(ASLEEP)
        await self.publish_due()
        await asyncio.sleep(LAST_LOOK)

    async def set_bell(self, state: int) -> None:
        self.status.asleep = state == ASLEEP
        await self.reading.ask("SELECT setval('realtime_bell', %s)", state)

    async def rang(self, seconds: float) -> None:
        """Wait so long for a bell; many count as one."""
        async for _ in self.listening.connection.notifies(timeout=seconds, stop_after=1):
            pass

    async def beat(self) -> None:
        """Hear now and then from the line that listens: a cut one is as quiet as a night without sales."""
        if time.monotonic() - self._heard >= HEARTBEAT:
            await self.listening.ask("SELECT pg_notification_queue_usage()")  # clears it, too
            self._heard = time.monotonic()

    async def publish_due(self) -> bool:
        """Carry what is due; False when there was nothing, or Valkey is away and the rows stay."""
        rows = await self.reading.ask(UNPUBLISHED, self._from())
        published: list[int] = []
        try:
            for parcel in parcels(rows):
                await self.publish([row for _, group in parcel for row in group])
                published += [row_id for row_id, _ in parcel]
        except LAYER_ERRORS as error:
            log.warning("the channel layer does not answer (%r): events wait", error)
            self.status.failed(error)
            await asyncio.sleep(REST)
        if published:
            await self.reading.ask(FORGET, published)
            self._highest = max(self._highest, published[-1])
        return bool(published)

    async def publish(self, rows: Iterable[tuple]) -> None:
        """A frame for each transaction and stream, then a hint to the states that hang on them."""
        messages: list[Message] = []
        types: set[str] = set()
        for (stream, epoch), group in itertools.groupby(rows, key=lambda row: row[1:3]):
            for frame in grouped(stream, epoch, (row[3:] for row in group if row[3])):
                messages.append((stream, {"type": "frame", "frame": list(frame)}))
                types |= frame.types
        touched = sorted(registry.touched(types))
        hints = [(one, {"type": "touch", "stream": one, "cursor": list(self._touches.next())}) for one in touched]
        await self.publisher.publish([*messages, *hints])
        self.status.frames += len(messages)

    def _from(self) -> int:
        """Rows from which number on are looked at: all once a second, otherwise what is a second old at most.

        Dead rows that a long snapshot keeps would be read again at every look. Numbers are given out before the
        commit, so an older one may still turn up: in the next second.
        """
        if (now := time.monotonic()) - self._looked_at_all < LONGEST_SLEEP:
            return self._floor
        self._looked_at_all = now
        self._floor, self._next_floor = self._next_floor, self._highest
        return 0


def parcels(rows: Iterable[tuple]) -> Iterator[list[tuple[int, list[tuple]]]]:
    """Rows by the outbox row that points to them, a few of these at a time.

    What a slow layer took must not be carried again and again for the sake of what it didn't.
    """
    due = ((row_id, list(group)) for row_id, group in itertools.groupby(rows, key=lambda row: row[0]))
    return iter(lambda: list(itertools.islice(due, PARCEL)), [])
