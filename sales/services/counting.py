"""Counting the sales of finished days, for the numbers of pages."""

from django.db import connection


def count_days() -> int:
    """Count what is finished and not counted yet, a bar at a time; how many days were added.

    Where a sale is under way at that moment, nobody waits: the next call counts. Nothing is wrong meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM bars_bar ORDER BY id")
        added = 0
        for (bar,) in cursor.fetchall():
            cursor.execute("SELECT sales_count_days(%s)", [bar])
            added += cursor.fetchone()[0]
    return added
