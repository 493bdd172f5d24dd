"""The relay's own connections to Postgres: how they stay alive, and which relay leads."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, LiteralString, Self

import psycopg
from django.db import connection

from realtime import clock

NOT_FOR_LIBPQ = {"context", "cursor_factory", "prepare_threshold"}  # Django's own wishes for its connections
LEADER = 0x72656C6179  # "relay": the advisory lock of the one that publishes
SILENCE = 3.0  # seconds after which a database that doesn't answer counts as gone
STUCK = 10.0  # seconds: a leader that asks nothing for so long is frozen, or cut off

# Both ends find out within ten seconds that the other machine is gone. On a unix socket these mean nothing.
OUR_END = {"keepalives_idle": 4, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
THEIR_END = "".join(f" -c tcp_{name.removeprefix('tcp_')}={value}" for name, value in OUR_END.items())

TRY_TO_LEAD = "SELECT pg_try_advisory_lock(%s)"
# As the role that has signed in: the application's role may not see, nor end, the sessions of another.
END_STUCK_LEADER = """
SELECT pg_terminate_backend(pid)
FROM pg_locks AS held JOIN pg_stat_activity AS session USING (pid)
WHERE held.locktype = 'advisory' AND held.granted AND (held.classid::bigint << 32) + held.objid::bigint = %s
AND session.datname = current_database() AND session.state_change < clock_timestamp() - make_interval(secs => %s)
"""


def parameters() -> dict[str, Any]:
    """Django's connection settings, for libpq."""
    given: dict[str, Any] = connection.get_connection_params()
    given = {name: value for name, value in given.items() if name not in NOT_FOR_LIBPQ}
    return given | {"connect_timeout": 5, "options": given.get("options", "") + THEIR_END, **OUR_END}


class Line:
    """A direct connection in autocommit mode that never waits for long: a silent one is cut. For one task."""

    def __init__(self, connection: psycopg.AsyncConnection) -> None:
        self.connection = connection
        self._cursor = connection.cursor()  # one for all: a new one each time is 40 % of an empty look

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls) -> AsyncIterator[Self]:
        async with await psycopg.AsyncConnection.connect(**parameters(), autocommit=True) as opened:
            line, asked = cls(opened), time.monotonic()
            clock.saw((await line.ask(clock.QUESTION))[0][0], asked)
            yield line

    async def ask(self, statement: LiteralString, *parameters: Any) -> list[tuple]:
        """The rows of an answer. Raises psycopg.OperationalError where there is none in time."""
        with self.cut_when_silent():
            await self._cursor.execute(statement, parameters)
            return await self._cursor.fetchall() if self._cursor.description else []

    @contextlib.contextmanager
    def cut_when_silent(self) -> Iterator[None]:
        # A timeout would not do: a query that is cancelled waits for the server to say so.
        timer = asyncio.get_running_loop().call_later(SILENCE, self.cut)
        try:
            yield
        finally:
            timer.cancel()

    def cut(self) -> None:
        with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(self.connection.fileno())) as end:
            end.shutdown(socket.SHUT_RDWR)


async def leads(line: Line) -> bool:
    """Take the lead where nobody has it, for as long as this line's session lives. A leader that is stuck loses it.

    Who leads reads what to publish on this very line: with the session goes the lead, and the reading.
    """
    [(is_leader,)] = await line.ask(TRY_TO_LEAD, LEADER)
    if not is_leader:
        await line.ask("SET ROLE NONE")
        await line.ask(END_STUCK_LEADER, LEADER, STUCK)
        await line.ask("RESET ROLE")
    return bool(is_leader)
