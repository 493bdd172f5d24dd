"""Applying migrations beside people who sell: whoever must wait gives up soon, lets them pass, and tries again."""

import random
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from django.db import DatabaseError, connection
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from psycopg import OperationalError, errors

LOCK_TIMEOUT = "1s"  # behind one who waits for a table's lock everybody else waits, too
TRANSACTION_TIMEOUT = "1500ms"  # a sale gives up after two seconds of waiting
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 20.0  # seconds
IN_THE_WAY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.TransactionTimeout, errors.QueryCanceled)
SIZES = """
SELECT relname, greatest(reltuples, coalesce(pg_stat_get_live_tuples(oid), 0))::bigint
FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
"""

R = TypeVar("R")


class NoRoom(Exception):
    """Others have held the locks for all of the time that there was."""


def pending() -> tuple[list[Migration], MigrationExecutor]:
    """What isn't applied yet, in its order."""
    executor = MigrationExecutor(connection)
    executor.loader.check_consistent_history(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [migration for migration, _ in plan], executor


def table_sizes() -> Mapping[str, int]:
    """About how many rows each table has; no tables where nothing was ever migrated."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return {}
        cursor.execute(SIZES)
        return dict(cursor.fetchall())


def apply(migration: Migration, patience: float, say: Callable[[str], None]) -> None:
    """Raises NoRoom after `patience` seconds. What isn't atomic goes concurrently: it waits, but nobody behind it."""
    target = migration.app_label, migration.name

    def once() -> None:
        MigrationExecutor(connection).migrate([target], plan=[(migration, False)])

    if migration.atomic:
        patiently(once, patience, say)
    else:
        with_limits(once, lock="0", transaction="0")


def patiently(work: Callable[[], R], patience: float, say: Callable[[str], None]) -> R:
    """What `work()` returns, under limits, tried again whenever others were in its way. Raises NoRoom."""
    end, pause = time.monotonic() + patience, FIRST_PAUSE
    while True:
        try:
            return with_limits(work, lock=LOCK_TIMEOUT, transaction=TRANSACTION_TIMEOUT)
        except DatabaseError as error:
            if not _were_in_the_way(error.__cause__):
                raise
            if time.monotonic() + pause > end:
                raise NoRoom(str(error.__cause__)) from error
            say(f"others are in the way ({type(error.__cause__).__name__}): again in {pause:.1f} s")
        time.sleep(pause * random.uniform(0.75, 1.25))
        pause = min(2 * pause, LONGEST_PAUSE)


def _were_in_the_way(cause: BaseException | None) -> bool:
    """A line that was cut says no code: the transaction had been idle when its time was over."""
    return isinstance(cause, IN_THE_WAY) or (isinstance(cause, OperationalError) and cause.sqlstate is None)


def with_limits(work: Callable[[], R], *, lock: str, transaction: str) -> R:
    """On a connection of its own: one that has passed its limit is cut."""
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [lock])
        cursor.execute("SELECT set_config('transaction_timeout', %s, false)", [transaction])
    try:
        return work()
    finally:
        connection.close()
