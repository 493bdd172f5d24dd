"""Figures that are asked for over HTTP, kept in Valkey for as long as nothing has happened to what they are made of.

Not by Django's cache: its client has no end to its patience with a silent Valkey, and no rest after it. The line for
threads gives up after a quarter of a second, and then isn't asked for five.
"""

import contextlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from hashlib import blake2s
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from realtime.cursors import Cursor
from realtime.log import HEADS
from realtime.sharing import LOOK, PUT
from realtime.valkey import Away, key
from realtime.valkey_threads import valkey

PATIENCE = 0.25  # seconds to wait for another process that computes the same
LOOK_AGAIN = 0.01  # seconds
LEASE = 2 * PATIENCE

# What a transaction has written itself is in no head yet, and may be taken back.
AT = (
    f"SELECT pg_current_xact_id_if_assigned() IS NULL, head.epoch, head.seq FROM ({HEADS}) AS head (stream, epoch, seq)"
)


def cached(stream: str, name: str, arguments: Mapping[str, Any], compute: Callable[[], Any], seconds: float) -> Any:
    """What `compute()` returns, as plain JSON, or has returned since the last event of the stream. Costs one statement.

    Never stale in what the stream tells of: the head is read first, and only a value of this head or a later one is
    taken. What no event tells of (the clock, a person's name) is up to `seconds` old, so whatever else the value
    depends on belongs into `arguments`: the days, the role where rows differ by role, the language. Authorise before.
    Many who ask at once cost one computation; without Valkey, one in each process. Inside a transaction that has
    written, nothing is kept and nothing taken.
    """
    with connection.cursor() as cursor:
        cursor.execute(AT, [[stream]])
        is_only_reading, *at = cursor.fetchone()
    return kept(f"{name}:{stream}", arguments, compute, at=Cursor(*at) if is_only_reading else None, seconds=seconds)


def kept(
    name: str, arguments: Mapping[str, Any], compute: Callable[[], Any], *, at: Cursor | None, seconds: float
) -> Any:
    """As `cached`, for what no single stream tells of: `at` is a version that the caller has read; None: compute."""
    if at is None:
        counted.one("misses")
        return json.loads(_text(compute()))
    asked = blake2s(_text(arguments, sort_keys=True).encode(), digest_size=16).hexdigest()
    where = key("cache", name, asked)
    return json.loads(flights.join(f"{where} {at}", lambda: _found_or_computed(where, at, compute, seconds)))


def _found_or_computed(where: str, at: Cursor, compute: Callable[[], Any], seconds: float) -> str:
    try:
        found = _look(where, at, seconds)
    except Away:
        found = None
    if found is not None:
        counted.one("hits")
        return found
    counted.one("misses")
    began = time.monotonic()
    text = _text(compute())
    with contextlib.suppress(Away):
        valkey.ask(lambda client: client.eval(PUT, 1, where, seconds, time.monotonic() - began, *at, text))
    return text


def _look(where: str, at: Cursor, seconds: float) -> str | None:
    """What is kept, perhaps after waiting for another process; None: compute it. Raises Away."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        [found] = valkey.ask(lambda client: client.eval(LOOK, 1, where, seconds, LEASE, *at))
        if found == 0:
            return None
        if found != 1:
            return str(found[2])
        time.sleep(LOOK_AGAIN)
    return None


def _text(value: Any, **options: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, separators=(",", ":"), **options)


class Flights:
    """Threads that ask for the same at the same time: one works, the others wait for what it finds, or its error."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[str]] = {}

    def join(self, name: str, work: Callable[[], str]) -> str:
        with self._lock:
            flight = self._under_way.get(name)
            mine = None if flight else self._under_way.setdefault(name, Future())
        if flight:
            counted.one("hits")
            return flight.result()
        assert mine
        try:
            mine.set_result(work())
        except BaseException as error:
            mine.set_exception(error)
        finally:
            with self._lock:
                del self._under_way[name]
        return mine.result()


class Counted:
    """Of this process since it began: hits, which needed no computation of their own, and misses."""

    def __init__(self) -> None:
        self._lock, self._of = threading.Lock(), Counter[str]()

    def one(self, what: str) -> None:
        with self._lock:
            self._of[what] += 1

    def report(self) -> dict[str, int]:
        return {"cache_hits": self._of["hits"], "cache_misses": self._of["misses"]}


counted = Counted()
flights = Flights()
