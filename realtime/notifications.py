"""Facts that somebody should look at: told and settled, listed, read and put away.

Who may see what comes in as `admitted`: for each stream the topics that the reader may read now. Leaving a
bar thus hides its notifications at once.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from realtime.cursors import Cursor
from realtime.errors import NotFound
from realtime.log import HEADS
from realtime.models import Notification

PAGE = 50
KEPT = timedelta(days=30)
NOT_CALM = timedelta()
UNREAD: dict[str, Any] = {"resolved_at": None, "mine__read_at": None}
Admitted = Mapping[str, Collection[str]]

NOTIFY = "SELECT realtime_notify(%s, %s, %s, %s, %s::jsonb, %s::interval)"
RESOLVE = "SELECT realtime_resolve(%s, %s, %s)"
# One statement sees one moment: what it counts is what the heads say.
UNREAD_AT = f"""
SELECT head.*, (
    SELECT count(*)
    FROM realtime_notification AS told
    JOIN unnest(%s::text[], %s::text[]) AS admitted (stream, topic) USING (stream, topic)
    WHERE told.resolved_at IS NULL AND NOT EXISTS (
        SELECT FROM realtime_notificationmark AS mine
        WHERE mine.notification_id = told.id AND mine.user_id = %s
          AND (mine.read_at IS NOT NULL OR mine.deleted_at IS NOT NULL)
    )
)
FROM ({HEADS}) AS head
"""
MARK = """
INSERT INTO realtime_notificationmark AS mark (notification_id, user_id, {column})
SELECT id, %s, clock_timestamp() FROM unnest(%s::uuid[]) AS id
ON CONFLICT (notification_id, user_id) DO UPDATE SET {column} = excluded.{column} WHERE mark.{column} IS NULL
"""
READ, DELETE = MARK.format(column="read_at"), MARK.format(column="deleted_at")


def notify(
    stream: str, topic: str, kind: str, *, subject: str = "", data: str = "{}", calm: timedelta = NOT_CALM
) -> None:
    """Tell a fact to whoever is admitted to a topic of a stream; nothing is written while it is told already.

    `subject` says what it is about, `data` is JSON: ids and the few values that its sentence needs. Within
    `calm` of its end the same fact isn't news: it comes back with what was read and put away.
    """
    with connection.cursor() as cursor:
        cursor.execute(NOTIFY, [stream, topic, kind, subject, data, f"{calm.total_seconds()} s"])


def resolve(stream: str, kind: str, *, subject: str = "") -> None:
    """The fact has settled."""
    with connection.cursor() as cursor:
        cursor.execute(RESOLVE, [stream, kind, subject])


def tell_nobody() -> None:
    """Nothing that this transaction still writes is news: it is about the past. Call inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL realtime.quiet = 'on'")


def of_reader(user_id: UUID, admitted: Admitted) -> QuerySet[Notification]:
    """What a person may see and has not put away, with `read_at` as they have marked it."""
    streams_by_topics = defaultdict(list)
    for stream, topics in admitted.items():
        streams_by_topics[frozenset(topics)].append(stream)
    places = [Q(stream__in=streams, topic__in=topics) for topics, streams in streams_by_topics.items()]
    mine = FilteredRelation("marks", condition=Q(marks__user=user_id))
    visible = Notification.objects.annotate(mine=mine).filter(reduce(or_, places, Q(pk=None)), mine__deleted_at=None)
    return visible.annotate(read_at=F("mine__read_at"))


def unread(user_id: UUID, admitted: Admitted) -> QuerySet[Notification]:
    """What a bell counts: what has settled rings no more."""
    return of_reader(user_id, admitted).filter(**UNREAD)


def unread_at(user_id: UUID, admitted: Admitted) -> tuple[int, dict[str, Cursor]]:
    """How many are `unread`, and where each stream stood when they were counted; one stream there is at least."""
    places = [(stream, topic) for stream, topics in admitted.items() for topic in topics]
    streams, topics = [stream for stream, _ in places], [topic for _, topic in places]
    with connection.cursor() as cursor:
        cursor.execute(UNREAD_AT, [streams, topics, user_id, list(admitted)])
        rows = cursor.fetchall()
    return rows[0][3], {stream: Cursor(epoch, seq) for stream, epoch, seq, _ in rows}


def page(rows: QuerySet[Notification], *, before: UUID | None = None) -> tuple[list[Notification], UUID | None]:
    """The newest fifty, older than `before`, and the key of the next page."""
    older = rows.filter(pk__lt=before) if before else rows
    found = list(older.order_by("-pk")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def read_one(user_id: UUID, admitted: Admitted, notification_id: UUID) -> None:
    """Raises NotFound for what this person may not see."""
    _mark(READ, user_id, _visible(user_id, admitted, notification_id))


def put_away(user_id: UUID, admitted: Admitted, notification_id: UUID) -> None:
    """This person doesn't see it any more; others do. Raises NotFound."""
    _mark(DELETE, user_id, _visible(user_id, admitted, notification_id))


def read_all(user_id: UUID, admitted: Admitted) -> None:
    """All that is unread at this moment."""
    _mark(READ, user_id, list(unread(user_id, admitted).values_list("pk", flat=True)))


def forget_old(now: datetime) -> int:
    """Delete what was created more than thirty days ago, with its marks; how many there were."""
    _, deleted = Notification.objects.filter(created_at__lt=now - KEPT).delete()
    return deleted.get("realtime.Notification", 0)


def _visible(user_id: UUID, admitted: Admitted, notification_id: UUID) -> list[UUID]:
    if not of_reader(user_id, admitted).filter(pk=notification_id).exists():
        raise NotFound(_("There is no such notification for you."))
    return [notification_id]


@transaction.atomic
def _mark(statement: str, user_id: UUID, notifications: list[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [user_id, notifications])
