"""How long requests take and sockets wait, over all processes: counted in each, added up in Valkey for a few minutes.

What is timed costs its loop one count in memory. Every few seconds the counts of a process go to Valkey, into a hash
for each minute. A silent Valkey loses them: nobody waits for figures, and old ones would look like those of now.
"""

import asyncio
from bisect import bisect_left
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from realtime import clock
from realtime.valkey import Away, Valkey, key
from realtime.valkey_threads import valkey

BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)  # seconds
WRITE_EVERY = 3.0  # seconds
KEPT = 15 * 60  # seconds
FAILED = "failed"
MINUTE = 60


@dataclass
class Timing:
    """What was timed of one kind: how many took up to each of BOUNDS, and longer than the last."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    failed: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts)

    def most_of(self, part: float) -> float:
        """Seconds within which this part of all was done, rounded up to one of BOUNDS; 0 where nothing was timed."""
        left = part * self.total
        for seconds, count in zip(BOUNDS, self.counts, strict=False):
            left -= count
            if left < 1e-9:  # 0.95 of 60 is not quite 57
                return seconds if self.total else 0.0
        return 2 * BOUNDS[-1]


class Timings:
    """The counts of one process that aren't written yet. For its event loop alone."""

    def __init__(self) -> None:
        self._counts = Counter[str]()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writing: asyncio.Task[None] | None = None

    def saw(self, kind: str, seconds: float, *, failed: bool = False) -> None:
        """Something of this kind took so long."""
        if self._loop is not (loop := asyncio.get_running_loop()):  # the first, or after one that is gone
            self._counts, self._loop, self._writing = Counter(), loop, loop.create_task(self._write_forever())
        self._counts[f"{kind}:{bisect_left(BOUNDS, seconds)}"] += 1
        if failed:
            self._counts[f"{kind}:{FAILED}"] += 1

    async def _write_forever(self) -> None:
        line = Valkey()
        try:
            while True:
                await asyncio.sleep(WRITE_EVERY)
                counts, self._counts = self._counts, Counter()
                if counts:
                    with suppress(Away):
                        await line.ask(lambda client, counts=counts: add(client, counts))  # type: ignore[misc]
        finally:
            await line.close()


async def add(client: Any, counts: Counter[str]) -> None:
    where = key_of(clock.now().timestamp())
    async with client.pipeline(transaction=False) as pipe:
        for name, count in counts.items():
            pipe.hincrby(where, name, count)
        pipe.expire(where, KEPT)
        await pipe.execute()


def key_of(moment: float) -> str:
    return key("timings", str(int(moment // MINUTE)))


def timings_of(minutes: int, now: float) -> dict[str, Timing]:
    """What all processes have timed in this minute and those before it, by kind. Raises Away."""
    names = [key_of(now - MINUTE * ago) for ago in range(minutes)]
    found: dict[str, Timing] = {}
    for counts in valkey.ask(lambda client: [client.hgetall(name) for name in names]):
        for name, count in counts.items():
            kind, _, part = name.partition(":")
            timing = found.setdefault(kind, Timing())
            if part == FAILED:
                timing.failed += int(count)
            else:
                timing.counts[int(part)] += int(count)
    return found


timings = Timings()
