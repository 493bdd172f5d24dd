"""Threads' line to Valkey: a connection each, quick to give up, and for all of them one rest after it has failed."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from realtime.valkey import ERRORS, PATIENCE, Away

T = TypeVar("T")
log = logging.getLogger(__name__)

REST = 5.0  # seconds until one thread asks again, which may cost it PATIENCE


class ThreadedValkey:
    """For the threads of one process. Connects when it is first asked."""

    def __init__(self, url: str = "") -> None:
        """`url` is REDIS_URL unless another is named."""
        self.is_away = False
        self._url = url
        self._own = threading.local()
        self._ask_again_at = 0.0
        self._probing = threading.Lock()

    def ask(self, work: Callable[[Any], T]) -> T:
        """What `work(client)` answers. Raises Away after a quarter of a second, and at once while it rests."""
        if self.is_away and not self._is_my_turn():
            raise Away
        try:
            answer = work(self._client())
        except ERRORS as error:
            if not self.is_away:
                log.warning("Valkey does not answer: %r", error)
            self.is_away, self._ask_again_at = True, time.monotonic() + REST
            raise Away from error
        self.is_away = False
        return answer

    def _is_my_turn(self) -> bool:
        """Whether the rest is over: for the first thread that asks."""
        with self._probing:
            now = time.monotonic()
            if now < self._ask_again_at:
                return False
            self._ask_again_at = now + REST
            return True

    def _client(self) -> Any:
        if not hasattr(self._own, "client"):
            self._own.client = redis.Redis.from_url(
                self._url or settings.REDIS_URL,
                decode_responses=True,
                socket_timeout=PATIENCE,
                socket_connect_timeout=PATIENCE,
                retry=Retry(NoBackoff(), 0),  # a try more would take as long again
                single_connection_client=True,
            )
        return self._own.client


valkey = ThreadedValkey()
