"""Reading the event log: heads, and the frames after a cursor."""

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django.db import connection

from realtime.cursors import Cursor
from realtime.streams import INVALIDATE

MOST_REPLAYED = 1000  # events; a client further behind reads a fresh snapshot instead

HEADS = """
SELECT asked.stream, coalesce(head.epoch, epoch.value), coalesce(head.seq, 0)
FROM unnest(%s::text[]) AS asked (stream)
CROSS JOIN realtime_epoch AS epoch
LEFT JOIN realtime_streamhead AS head ON head.stream = asked.stream
"""
BETWEEN = """
SELECT asked.stream, event.seq, event.xid, event.topic, event.type, event.data::text, event.created_at
FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS asked (stream, after, upto)
JOIN realtime_event AS event ON event.stream = asked.stream AND event.seq > asked.after AND event.seq <= asked.upto
ORDER BY asked.stream, event.seq
"""
LATEST = """
SELECT seq, xid, topic, type, data::text, created_at
FROM realtime_event WHERE stream = %s AND seq >= %s AND seq <= %s ORDER BY seq
"""
SINCE = """
SELECT seq, xid, topic, type, data::text, created_at
FROM realtime_event WHERE stream = %s AND seq > %s AND seq <= %s ORDER BY seq LIMIT %s
"""


class Frame(NamedTuple):
    """The events of one transaction on one stream, numbered `first` to `last` without a hole."""

    stream: str
    epoch: str
    first: int
    last: int
    at: str  # ISO 8601, the moment of the commit
    events: list[tuple[str, str, str]]  # topic, type, data as JSON text

    @property
    def types(self) -> set[str]:
        return {type_ for _, type_, _ in self.events}


def heads(streams: Iterable[str]) -> dict[str, Cursor]:
    """The newest cursor of each stream, in one query; a stream without events stands at 0."""
    with connection.cursor() as cursor:
        cursor.execute(HEADS, [list(streams)])
        return {stream: Cursor(epoch, seq) for stream, epoch, seq in cursor.fetchall()}


def heads_in_turn(streams: list[str]) -> list[Cursor]:
    """The heads of streams in the order asked, some perhaps more than once."""
    found = heads(set(streams))
    return [found[stream] for stream in streams]


def frames_between(stream: str, after: int, head: Cursor) -> list[Frame] | None:
    """Frames numbered over `after` up to `head`; None where some are trimmed or they are too many."""
    if head.seq - after > MOST_REPLAYED:
        return None
    with connection.cursor() as cursor:
        cursor.execute(SINCE, [stream, after, head.seq, MOST_REPLAYED])
        rows = cursor.fetchall()
    return list(grouped(stream, head.epoch, rows)) if len(rows) == head.seq - after else None


def frames_of_many(gaps: Mapping[str, tuple[int, Cursor]]) -> dict[str, list[Frame]]:
    """For each stream the frames numbered over `after` up to a head that is not too far, in one query."""
    asked = [(stream, after, head) for stream, (after, head) in gaps.items() if head.seq - after <= MOST_REPLAYED]
    columns: list[Any] = [[one[0] for one in asked], [one[1] for one in asked], [one[2].seq for one in asked]]
    with connection.cursor() as cursor:
        cursor.execute(BETWEEN, columns)
        rows = cursor.fetchall()
    found = itertools.groupby(rows, key=lambda row: row[0])
    return {stream: list(grouped(stream, gaps[stream][1].epoch, (row[1:] for row in group))) for stream, group in found}


def latest_frames(stream: str, head: Cursor) -> list[Frame]:
    """The frames that lead to `head` without a hole, as far back as anybody is replayed."""
    oldest = max(head.seq - MOST_REPLAYED, 0)
    with connection.cursor() as cursor:
        cursor.execute(LATEST, [stream, oldest, head.seq])
        rows = cursor.fetchall()
    cut = rows[0][1] if rows and rows[0][0] == oldest else None  # the transaction that begins further back
    expected = head.seq
    kept: list[tuple] = []
    for row in reversed(rows):
        if row[0] != expected or row[1] == cut:
            break
        kept.append(row)
        expected -= 1
    return list(grouped(stream, head.epoch, reversed(kept)))


def grouped(stream: str, epoch: str, rows: Iterable[tuple]) -> Iterator[Frame]:
    """Rows (seq, xid, topic, type, data, created_at) in seq order, as one frame a transaction."""
    for _, group in itertools.groupby(rows, key=lambda row: row[1]):
        events = list(group)
        yield Frame(
            stream=stream,
            epoch=epoch,
            first=events[0][0],
            last=events[-1][0],
            at=events[0][5].isoformat(),
            events=[(topic, type_, data) for _, _, topic, type_, data, _ in events],
        )


def seen_by(frame: Frame, topics: frozenset[str]) -> list[str]:
    """The frame's events as JSON texts, without those of topics that the reader hasn't got."""
    shown = []
    for topic, type_, data in frame.events:
        if type_ == INVALIDATE:
            named = sorted(topics.intersection(json.loads(data)["topics"]))
            if named:
                shown.append(event_text(INVALIDATE, json.dumps({"topics": named})))
        elif topic in topics:
            shown.append(event_text(type_, data))
    return shown


def event_text(type_: str, data: str) -> str:
    return f'{{"type":"{type_}","data":{data}}}'


def frame_text(frame: Frame, shown: list[str], prev: int) -> str:
    """The `frame` message of the protocol, serialised once for all who get the same."""
    return (
        f'{{"type":"frame","stream":"{frame.stream}","epoch":"{frame.epoch}","seq":{frame.last},'
        f'"prev":{prev},"at":"{frame.at}","events":[{",".join(shown)}]}}'
    )


def message_text(type_: str, **fields: Any) -> str:
    """Any other message of the protocol."""
    return json.dumps({"type": type_, **fields}, separators=(",", ":"), default=str)
