"""What a database holds, in a few numbers: the same before a backup and after its restore (I36)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import ConnectionHandler
from psycopg import sql

from config.settings import database

SUMS = """
SELECT (SELECT coalesce(sum(total), 0)::bigint FROM sales_sale) AS totals,
       (SELECT coalesce(sum(stock), 0)::bigint FROM stock_product) AS stock,
       (SELECT coalesce(sum(seq), 0)::bigint FROM realtime_streamhead) AS heads,
       (SELECT max(received_at) FROM sales_sale) AS last_sale
"""
HEADS = """
SELECT bar.slug, head.seq
FROM realtime_streamhead AS head JOIN bars_bar AS bar ON head.stream = 'bar.' || bar.id ORDER BY bar.slug
"""
TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relpersistence = 'p'
  AND NOT relispartition ORDER BY relname
"""


@contextmanager
def on_database(url: str) -> Iterator[None]:
    """This thread's connection leads there meanwhile, as who signs in there, whatever role the application takes."""
    there = ConnectionHandler({"default": database(url)})["default"]
    there.settings_dict["OPTIONS"]["options"] += " -c role=none"
    here = connections["default"]
    connections["default"] = there
    try:
        yield
    finally:
        there.close()
        connections["default"] = here


def sums() -> dict[str, Any]:
    """Rows of each table that lasts, the sums of what was sold, is in stock and was announced, and the last sale."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        counts = [
            sql.SQL("(SELECT count(*) FROM {}) AS {}").format(sql.Identifier(name), sql.Identifier(name))
            for [name] in cursor.fetchall()
        ]
        cursor.execute(sql.SQL("SELECT {}").format(sql.SQL(", ").join(counts)))
        rows = named(cursor)
        cursor.execute(SUMS)
        return named(cursor) | {"rows": rows}


def heads() -> dict[str, int]:
    """The number of the last event of each bar, by the bar's short name."""
    with connection.cursor() as cursor:
        cursor.execute(HEADS)
        return dict(cursor.fetchall())


def named(cursor: Any) -> dict[str, Any]:
    return dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))


def migrations() -> dict[str, str]:
    """The last migration of each app that the database has."""
    return dict(sorted(MigrationRecorder(connection).applied_migrations()))
