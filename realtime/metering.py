"""What each bar uses: added up in memory where it happens, and written every few seconds with one statement.

Nobody waits for it, and no transaction of anybody's is longer for it. Only a server of requests writes
(`meter.start()`). A process that ends loses what it has not written yet: WRITE_EVERY seconds at most, while the
database answers.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.db.backends.signals import connection_created

from realtime import clock
from realtime.models import Usage

WRITE_EVERY = 5.0  # seconds
METERED = "bar."  # streams
KEPT = timedelta(days=400)
log = logging.getLogger(__name__)

# Only of streams that have been written to: an invented id in an address leaves no row. In order: two processes that
# write the same bars never wait for each other in a ring.
ADD = """
INSERT INTO realtime_usage AS kept (stream, day, requests, statements, messages, bytes, seconds)
SELECT used.stream, %s::date, used.requests, used.statements, used.messages, used.bytes, used.seconds
FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::float8[])
     AS used (stream, requests, statements, messages, bytes, seconds)
JOIN realtime_streamhead AS head ON head.stream = used.stream
ORDER BY used.stream
ON CONFLICT (stream, day) DO UPDATE SET
    requests = kept.requests + excluded.requests, statements = kept.statements + excluded.statements,
    messages = kept.messages + excluded.messages,
    bytes = kept.bytes + excluded.bytes, seconds = kept.seconds + excluded.seconds
"""


@dataclass
class Used:
    requests: int = 0
    statements: int = 0
    messages: int = 0
    bytes: int = 0
    seconds: float = 0.0

    def add(self, other: "Used") -> None:
        self.requests += other.requests
        self.statements += other.statements
        self.messages += other.messages
        self.bytes += other.bytes
        self.seconds += other.seconds


class Meter:
    """What this process has counted and not written. For any thread."""

    def __init__(self) -> None:
        self._used: defaultdict[str, Used] = defaultdict(Used)
        self._lock = threading.Lock()
        self._is_on = False
        self._writer: threading.Thread | None = None

    def start(self) -> None:
        """From now on count, and write from a thread: it starts with the first count, so after any fork."""
        connection_created.connect(count_its_statements)
        self._is_on = True

    def served(self, stream: str, statements: int) -> None:
        """A request has been answered, with so many statements of SQL."""
        self._count({stream: Used(requests=1, statements=statements)})

    def handed(self, stream: str, messages: int, size: int) -> None:
        """So many messages, of so many bytes together, have been queued for readers."""
        if messages:
            self._count({stream: Used(messages=messages, bytes=size)})

    def connected(self, connections: Mapping[str, int], seconds: float) -> None:
        """So many connections by stream were held for so long."""
        self._count({stream: Used(seconds=count * seconds) for stream, count in connections.items()})

    def _count(self, used: Mapping[str, Used]) -> None:
        """Only what bars share: a person's own stream is no bar's."""
        if not self._is_on:
            return
        with self._lock:
            for stream, one in used.items():
                if stream.startswith(METERED):
                    self._used[stream].add(one)
            if self._writer is None:
                self._writer = threading.Thread(target=self._write_forever, name="meter", daemon=True)
                self._writer.start()

    def write(self, day: date) -> None:
        """Add what has been counted to the day's rows; what can't be written is kept for the next time."""
        with self._lock:
            used, self._used = self._used, defaultdict(Used)
        if not used:
            return
        try:
            add(day, used)
        except BaseException:
            self._count(used)
            raise

    def _write_forever(self) -> None:
        while True:
            time.sleep(WRITE_EVERY)
            close_old_connections()
            try:
                self.write(clock.now().date())
            except (DatabaseError, InterfaceError) as error:
                log.warning("what bars have used is written the next time: %r", error)
            except Exception:
                log.exception("what bars have used could not be written")


def add(day: date, used: Mapping[str, Used]) -> None:
    streams = sorted(used)
    columns = [list(column) for column in zip(*(astuple(used[stream]) for stream in streams), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(ADD, [day, streams, *columns])


def forget_old(today: date) -> int:
    """Delete the days that are kept no longer; returns how many rows that were."""
    return Usage.objects.filter(day__lt=today - KEPT).delete()[0]


class Asked(threading.local):
    """How many statements this thread has sent."""

    count = 0


asked = Asked()


def count_its_statements(sender: Any, connection: Any, **kwargs: Any) -> None:
    if count_statement not in connection.execute_wrappers:  # a wrapper outlives its connection
        connection.execute_wrappers.append(count_statement)


def count_statement(execute: Callable[..., Any], *arguments: Any) -> Any:
    asked.count += 1
    return execute(*arguments)


meter = Meter()
