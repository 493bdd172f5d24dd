"""What time it is by the database: one clock for the books, whatever the machines' own say.

Postgres dates what it writes by itself, and what a process dates has to agree with that. So a process looks at the
database's clock with each connection that it opens, and counts on from there by the counter of its machine, which
nobody sets. Somebody who sets a machine's clock moves no sale, ends no session and expires nothing.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.base.base import BaseDatabaseWrapper

QUESTION = "SELECT clock_timestamp()"


class _Seen:
    """What the database's clock said when the counter was at zero."""

    zero: datetime | None = None


def now() -> datetime:
    """This moment by the database's clock, in UTC; by this machine's until there was a connection."""
    return datetime.now(UTC) if _Seen.zero is None else _Seen.zero + timedelta(seconds=time.monotonic())


def saw(at: datetime, asked: float) -> None:
    """The database, `asked` when the counter stood there, has just answered that it is `at`: right to half of that."""
    _Seen.zero = at.astimezone(UTC) - timedelta(seconds=(asked + time.monotonic()) / 2)


def look(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Receives `connection_created`. A replica isn't asked."""
    if connection.alias == DEFAULT_DB_ALIAS:
        asked = time.monotonic()
        saw(connection.connection.execute(QUESTION).fetchone()[0], asked)
