"""Staging events by SQL, and reading the log back."""

import json

from django.db import connection

from realtime.models import StreamHead


def stage(on, stream, *notes, topic="notes"):
    """Stage a `note.made` for each note, in the transaction of the connection `on`."""
    for note in notes:
        on.execute(
            "SELECT realtime_stage(%s, %s, 'note.made', jsonb_build_object('note', %s::text))",
            [stream, topic, str(note)],
        )


def logged(stream):
    """The log of a stream as (seq, type, data), in order."""
    return read("SELECT seq, type, data::jsonb #>> '{}' FROM realtime_event WHERE stream = %s ORDER BY seq", stream)


def notes(stream):
    """The log of a stream as (seq, note)."""
    return read("SELECT seq, data->>'note' FROM realtime_event WHERE stream = %s ORDER BY seq", stream)


def head(stream):
    """The stream's last number, None where nothing has ever been committed."""
    return StreamHead.objects.filter(stream=stream).values_list("seq", flat=True).first()


def since_now(stream):
    """The cursor of who has seen all that there is."""
    return read("SELECT epoch || ':' || seq FROM realtime_streamhead WHERE stream = %s", stream)[0][0]


def frames_to_publish(stream):
    return read("SELECT first_seq, last_seq FROM realtime_outbox WHERE stream = %s ORDER BY id", stream)


def waiting():
    """How many events are staged and not numbered."""
    return read("SELECT count(*) FROM realtime_staged")[0][0]


def read(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def frames_in_log(stream):
    """What every follower of the whole stream must have been told."""
    rows = read(
        "SELECT array_agg(seq ORDER BY seq), array_agg(type ORDER BY seq), array_agg(data::text ORDER BY seq)"
        " FROM realtime_event WHERE stream = %s GROUP BY xid ORDER BY min(seq)",
        stream,
    )
    return [(seqs[-1], list(zip(types, map(json.loads, texts), strict=True))) for seqs, types, texts in rows]
