"""How long the log keeps events, and what ends all cursors."""

import logging

from django.db import connection, transaction

log = logging.getLogger(__name__)


def empty_next_slot() -> str:
    """Empty the ring's slot of four days ago: `emptied`, `empty`, `busy` or `young` (sql/ring_v1.sql).

    72 hours at least are kept. Harmless at any hour and as often as one likes.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT realtime_empty_next_slot()")
        outcome: str = cursor.fetchone()[0]
    if outcome == "young":
        log.error("the oldest slot of the event ring holds events of the last 72 hours: has a clock jumped?")
    return outcome


@transaction.atomic(durable=True)
def rotate_epoch() -> tuple[str, int]:
    """Begin another epoch; returns its name and how many streams had cursors. Writers wait meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '30s'")
        cursor.execute("SELECT realtime_rotate_epoch(), (SELECT count(*) FROM realtime_streamhead)")
        epoch, streams = cursor.fetchone()
    return epoch, streams
