"""Many rows at once: COPY straight into a table, with all of its triggers and constraints on."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection

T = TypeVar("T")
Tell = Callable[[str, int, int], None]  # what is being done, how much of it, of how much
TOLD_EVERY = 500


def silent(step: str, done: int, total: int) -> None:
    """A `Tell` for those who don't watch."""


def told(step: str, rows: Sequence[T], tell: Tell) -> Iterator[T]:
    """The rows, telling now and then how many have gone by."""
    for done, row in enumerate(rows):
        if done % TOLD_EVERY == 0:
            tell(step, done, len(rows))
        yield row
    tell(step, len(rows), len(rows))


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows with one COPY; columns left out get the database's default. Call inside a transaction."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def new_ids(count: int) -> list[UUID]:
    """Primary keys for rows that refer to each other before they are written; rising."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT uuidv7() FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]


def expect_many_rows() -> None:
    """Make this transaction fit for a bulk write: the time limits of a sale are not for it.

    pgtrigger asks in each trigger which triggers to ignore, and where nobody has said, catches an
    exception; Postgres then walks through all deferred triggers that wait, so that a transaction of
    n rows costs n squared. Here somebody says: none.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL transaction_timeout = 0")
        cursor.execute("SET LOCAL pgtrigger.ignore = '{}'")
