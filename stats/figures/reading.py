"""One statement's rows as dicts: from the primary, or within `anywhere` from a replica that knows what has happened.

Only what is over may be read elsewhere: figures of finished days. A replica is asked first how far it has heard of each
bar's stream; a transaction's events and its rows arrive together, so a head that is not behind vouches for the rows.
Whatever goes wrong with it, the primary answers, and the replica is left alone for some seconds.
"""

import logging
import time
from collections.abc import Callable, Collection
from contextvars import ContextVar
from typing import Any, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from realtime.log import HEADS
from stats.figures.tables import Row

REPLICA = "replica"  # of settings.DATABASES, where REPLICA_URL names one
REST = 5.0  # seconds

T = TypeVar("T")
logger = logging.getLogger(__name__)
_reading_from = ContextVar("reading_from", default=DEFAULT_DB_ALIAS)


class _Resting:
    until = 0.0


def rows_of(statement: str, **values: Any) -> list[Row]:
    with connections[_reading_from.get()].cursor() as cursor:
        cursor.execute(statement, values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def anywhere(bars: Collection[UUID], read: Callable[[], T]) -> T:
    """What `read` returns of these bars, by the replica where there is one that isn't behind in any of them."""
    if REPLICA in connections.settings and time.monotonic() >= _Resting.until:
        try:
            if is_abreast(bars):
                return _from_replica(read)
        except DatabaseError as error:
            _Resting.until = time.monotonic() + REST
            connections[REPLICA].close()
            logger.warning("the replica has failed: %s", str(error).strip())
    return read()


def is_abreast(bars: Collection[UUID]) -> bool:
    """Whether the replica has replayed all that has happened in these bars until now."""
    streams = [f"bar.{bar}" for bar in bars]
    ours, theirs = (_heads(alias, streams) for alias in (DEFAULT_DB_ALIAS, REPLICA))
    return all(epoch == theirs[stream][0] and theirs[stream][1] >= number for stream, (epoch, number) in ours.items())


def _heads(alias: str, streams: list[str]) -> dict[str, tuple[str, int]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(HEADS, [streams])
        return {stream: (epoch, number) for stream, epoch, number in cursor.fetchall()}


def _from_replica(read: Callable[[], T]) -> T:
    token = _reading_from.set(REPLICA)
    try:
        return read()
    finally:
        _reading_from.reset(token)
