"""What the relays say of themselves, and what Postgres says of their work."""

import asyncio
import json
import os
import socket
import time
from typing import Any

import redis.asyncio
from django.conf import settings
from django.db import connection

from realtime import clock
from realtime.valkey import ERRORS, PATIENCE, Away, key
from realtime.valkey_threads import valkey

WRITE_EVERY = 2.0  # seconds
LIFE = 10  # seconds after which a relay that says nothing is gone

# What is unpublished is what is left in the outbox: the most numbers that a head is ahead of what was published.
BACKLOG = """
SELECT coalesce(sum(of_stream.frames), 0)::bigint, coalesce(max(of_stream.behind), 0),
       coalesce(extract(epoch FROM clock_timestamp() - min(of_stream.oldest)), 0)::float, pg_notification_queue_usage()
FROM (
    SELECT count(*) AS frames, max(last_seq) - min(first_seq) + 1 AS behind, min(committed_at) AS oldest
    FROM realtime_outbox GROUP BY stream
) AS of_stream
"""


class Status:
    """One relay's word, written to Valkey every two seconds while it lives."""

    def __init__(self) -> None:
        self.role, self.since = "standby", clock.now().timestamp()
        self.asleep = False
        self.frames = 0
        self.last_error: dict[str, Any] | None = None
        self._written = (time.monotonic(), 0)

    def leads(self) -> None:
        self.role, self.since = "leader", clock.now().timestamp()

    def stands_by(self) -> None:
        self.role, self.since = "standby", clock.now().timestamp()

    def failed(self, error: BaseException) -> None:
        self.last_error = {"at": clock.now().timestamp(), "error": str(error).strip() or type(error).__name__}

    def word(self) -> dict[str, Any]:
        """Times in seconds since 1970; frames a second since the last word."""
        (then, frames), self._written = self._written, (time.monotonic(), self.frames)
        return {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "role": self.role,
            "since": self.since,
            "at": clock.now().timestamp(),
            "doorbell": settings.DOORBELL,
            "asleep": self.asleep,
            "frames": self.frames,
            "frames_per_second": round((self.frames - frames) / max(self._written[0] - then, 0.001), 1),
            "last_error": self.last_error,
        }

    async def keep_writing(self) -> None:
        """Until cancelled. Without Valkey nothing is written, and nobody held up."""
        client: Any = redis.asyncio.from_url(settings.REDIS_URL)
        name = key("monitor", "relay", f"{socket.gethostname()}-{os.getpid()}")
        try:
            while True:
                try:
                    async with asyncio.timeout(PATIENCE):
                        await client.set(name, json.dumps(self.word()), ex=LIFE)
                except ERRORS as error:
                    self.failed(error)
                await asyncio.sleep(WRITE_EVERY)
        finally:
            await client.aclose()


def relay_status() -> dict[str, Any]:
    """`relays`, leader first (None where Valkey is away), and what waits in Postgres for one.

    `outbox` counts frames, `behind` is max(head − published), `oldest` its age in seconds, `queue` the used part of
    Postgres' queue of bells, 0 to 1.
    """
    with connection.cursor() as cursor:
        cursor.execute(BACKLOG)
        backlog = dict(zip(("outbox", "behind", "oldest", "queue"), cursor.fetchone(), strict=True))
    return {"relays": _words(), **backlog}


def _words() -> list[dict[str, Any]] | None:
    def ask(client: Any) -> list[str | None]:
        names = list(client.scan_iter(key("monitor", "relay", "*"), count=1000))
        return client.mget(names) if names else []

    try:
        words = [json.loads(text) for text in valkey.ask(ask) if text]
    except Away:
        return None
    return sorted(words, key=lambda word: (word["role"], word["since"]))
