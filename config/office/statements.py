"""What Postgres was asked for, by its own count (pg_stat_statements)."""

from typing import NamedTuple

from django.db import OperationalError, ProgrammingError, connection, transaction

MOST = 50
ORDERS = {"total": "total_exec_time", "mean": "mean_exec_time", "calls": "calls"}
# Statements of roles that this one may not read have no id.
STATEMENTS = """
SELECT query, calls, total_exec_time, mean_exec_time, max_exec_time, rows,
       100 * shared_blks_hit / nullif(shared_blks_hit + shared_blks_read, 0)
FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND queryid IS NOT NULL
ORDER BY {order} DESC, queryid LIMIT %s
"""
SINCE = "SELECT stats_reset FROM pg_stat_statements_info"
MAY_RESET = """
SELECT coalesce(has_function_privilege(to_regprocedure('pg_stat_statements_reset(oid,oid,bigint,boolean)'), 'EXECUTE'),
                false)
"""
RESET = """
SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0, false)
"""


class Statement(NamedTuple):
    """Times are in milliseconds; `hits` is the share of blocks that were in memory, in percent."""

    query: str
    calls: int
    total: float
    mean: float
    longest: float
    rows: int
    hits: int | None

    @property
    def opening(self) -> str:
        """The first words, on one line."""
        return " ".join(self.query.split())[:110]


class NotCounted(Exception):
    """This server doesn't count its statements: the extension is missing, or the library isn't loaded."""


def statements(order: str) -> list[Statement]:
    """The fifty that cost most, by one of ORDERS. Raises NotCounted."""
    return [Statement(*row) for row in fetched(STATEMENTS.format(order=ORDERS[order]), [MOST])]


def counted_since() -> object:
    """When the counters were emptied last. Raises NotCounted."""
    return fetched(SINCE)[0][0]


def may_reset() -> bool:
    return bool(fetched(MAY_RESET)[0][0])


def reset() -> None:
    """Empty the counters of this database. Raises NotCounted."""
    fetched(RESET)


def fetched(statement: str, params: list[int] | None = None) -> list[tuple]:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, params)
            return cursor.fetchall()
    except (ProgrammingError, OperationalError) as error:
        if getattr(error.__cause__, "sqlstate", "") in ("42P01", "42883", "55000", "42501"):
            raise NotCounted() from error
        raise
