"""A process's own line to Valkey: quick to give up, and left alone for a moment after it has failed."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

T = TypeVar("T")
log = logging.getLogger(__name__)

PATIENCE = 0.25  # seconds: what a silent Valkey may hold up a thread
LOOP_PATIENCE = 0.5  # seconds: a busy loop is late to hear its answers
AT_ONCE = 32  # connections: more wait for their turn
REST = 1.0  # seconds before it is asked again
ERRORS = (RedisError, OSError, TimeoutError)


class Away(Exception):
    """Valkey doesn't answer: whoever asks has to do without."""


class Valkey:
    """For one event loop."""

    def __init__(self) -> None:
        pool = redis.asyncio.BlockingConnectionPool.from_url(
            settings.REDIS_URL, decode_responses=True, max_connections=AT_ONCE, timeout=None
        )
        self.client: Any = redis.asyncio.Redis.from_pool(pool)
        self.is_away = False
        self._ask_again_at = 0.0

    async def ask(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """What `work(client)` answers. Raises Away after half a second, and at once for a second from then."""
        if time.monotonic() < self._ask_again_at:
            raise Away
        try:
            async with asyncio.timeout(LOOP_PATIENCE):
                answer = await work(self.client)
        except ERRORS as error:
            if not self.is_away:
                log.warning("Valkey does not answer: %r", error)
            self.is_away, self._ask_again_at = True, time.monotonic() + REST
            raise Away from error
        self.is_away = False
        return answer

    async def close(self) -> None:
        await self.client.aclose()


def key(*parts: str) -> str:
    """A key of ours: `bartender:live:bar.…`. Built here and nowhere else."""
    return ":".join((settings.REDIS_PREFIX, *parts))
