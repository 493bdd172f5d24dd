"""Reading rows and the cursors that belong to them, without a gap between the two."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from realtime.cursors import Cursor
from realtime.log import heads


@dataclass(frozen=True)
class Snapshot:
    """What a moment's heads were; rows read inside the same block are of that moment."""

    heads: dict[str, Cursor]

    def cursor(self, stream: str) -> str:
        return str(self.heads[stream])


@contextmanager
def snapshot(streams: Iterable[str]) -> Iterator[Snapshot]:
    """One repeatable-read, read-only transaction whose first statement reads the heads.

    Authorise before it: the isolation level can't be set after a query. Inside another
    transaction (a test's) the level stays as it is.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield Snapshot(heads(streams))
