"""How far a client has read, beside what there is."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from django.db import connection

from realtime.cursors import Cursor
from realtime.log import MOST_REPLAYED, heads

ANY_EPOCH = "0"  # of who has read nothing yet
OLDEST = """
SELECT asked.stream, (SELECT min(seq) FROM realtime_event AS event WHERE event.stream = asked.stream)
FROM unnest(%s::text[]) AS asked (stream)
"""


class Verdict(StrEnum):
    """`behind` is made up by following since that cursor, `ahead` and `reset` by reading a fresh list."""

    CURRENT = "current"
    BEHIND = "behind"
    AHEAD = "ahead"
    RESET = "reset"
    UNKNOWN = "unknown"


class Standing(NamedTuple):
    """`head` is where the stream stands; None for a stream that isn't theirs, or isn't at all."""

    verdict: Verdict
    head: Cursor | None


def standings(cursors: Mapping[str, Cursor]) -> dict[str, Standing]:
    """Each cursor beside its stream's head, in two queries."""
    newest, oldest = heads(cursors), oldest_kept(cursors)
    return {
        stream: Standing(verdict(cursor, newest[stream], oldest[stream]), newest[stream])
        for stream, cursor in cursors.items()
    }


def oldest_kept(streams: Iterable[str]) -> dict[str, int | None]:
    """The oldest number of each stream that the log still has, if it has any."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST, [list(streams)])
        return dict(cursor.fetchall())


def verdict(cursor: Cursor, head: Cursor, oldest: int | None) -> Verdict:
    """What following since `cursor` would come to. Pure."""
    if cursor.epoch not in (head.epoch, ANY_EPOCH):
        return Verdict.RESET
    if cursor.seq > head.seq:
        return Verdict.AHEAD
    if cursor.seq == head.seq:
        return Verdict.CURRENT
    is_kept = oldest is not None and cursor.seq + 1 >= oldest and head.seq - cursor.seq <= MOST_REPLAYED
    return Verdict.BEHIND if is_kept else Verdict.RESET
