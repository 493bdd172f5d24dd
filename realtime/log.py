"""Reading the event log: heads, and the frames after a cursor."""

import itertools
import json
from collections.abc import Iterable, Iterator
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


def frames_between(stream: str, after: int, head: Cursor) -> list[Frame] | None:
    """Frames numbered over `after` up to `head`; None where some are trimmed or they are too many."""
    if head.seq - after > MOST_REPLAYED:
        return None
    with connection.cursor() as cursor:
        cursor.execute(SINCE, [stream, after, head.seq, MOST_REPLAYED])
        rows = cursor.fetchall()
    return list(grouped(stream, head.epoch, rows)) if len(rows) == head.seq - after else None


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
