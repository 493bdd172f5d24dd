"""What Postgres was asked for by the servers, by its own count (pg_stat_statements)."""

from collections import Counter

COUNTED = """
SELECT query, sum(calls)::int FROM pg_stat_statements
WHERE toplevel AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND query NOT LIKE ALL ('{%pg_stat_statements%,%realtime_stage(%,%realtime_number_events(%}')
  AND query !~* '^(begin|commit|rollback|set|show|reset|select \\$1$)'
GROUP BY query
"""
SHOWN = 12


def counted() -> Counter[str]:
    """Calls of each statement since the start."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(COUNTED)
        return Counter(dict(cursor.fetchall()))


def spent(before: Counter[str]) -> Counter[str]:
    """Calls of each statement since `before`."""
    return counted() - before


def of_the_log(calls: Counter[str]) -> int:
    """How often a hub has read events: the relay's reading goes by the outbox, and writing is not meant."""
    return sum(
        count
        for query, count in calls.items()
        if "realtime_event" in query and "realtime_outbox" not in query and query.lstrip().upper().startswith("SELECT")
    )


def show(calls: Counter[str]) -> None:
    """The most frequent statements, a line each."""
    print(f"{calls.total()} statements, of which:")
    for query, count in calls.most_common(SHOWN):
        print(f"  {count:>6} {' '.join(query.split())[:110]}")
