"""The lookup that authorises talking: a conversation is reached by who is in it now, or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from bars.access import find_member
from bars.models import Member, User
from bars.permissions import Permission
from bars.services.chat import Seat
from realtime.errors import NotFound
from realtime.models import Conversation, Message, ReadMark

PAGE = 50  # messages
LISTED = ("id", "stream", "bar", "person", "name", "unread")
MOST_UNREAD = 1000  # counted
NAMES_ALONE = "!"  # how the password begins of who can't sign in

LIST = """
WITH mine AS (
    SELECT one.id, one.stream, bar.id AS bar, NULL::uuid AS person, bar.name
    FROM bars_bar AS bar JOIN realtime_conversation AS one ON one.stream = 'bar.' || bar.id
    WHERE bar.id = ANY(%(bars)s)
    UNION ALL
    SELECT one.id, 'user.' || %(me)s, NULL, other.id, coalesce(nullif(other.first_name, ''), other.username)
    FROM realtime_conversation AS one
    JOIN bars_user AS other ON other.id = CASE one.first_id WHEN %(me)s THEN one.second_id ELSE one.first_id END
    WHERE %(me)s IN (one.first_id, one.second_id) AND other.is_active AND EXISTS (
        SELECT FROM bars_member AS member
        WHERE member.user_id = other.id AND member.is_active AND member.bar_id = ANY(%(bars)s)
    )
)
SELECT mine.*, unread.count, last.number, last.created_at, last.author_id, last.text
FROM mine
LEFT JOIN realtime_readmark AS mark ON mark.conversation_id = mine.id AND mark.user_id = %(me)s
CROSS JOIN LATERAL (
    SELECT count(*) FROM (
        SELECT FROM realtime_message AS message
        WHERE message.conversation_id = mine.id AND message.number > coalesce(mark.number, 0)
          AND message.author_id <> %(me)s AND message.deleted_at IS NULL
        LIMIT %(most)s
    ) AS counted
) AS unread
LEFT JOIN LATERAL (
    SELECT number, created_at, author_id, text FROM realtime_message AS message
    WHERE message.conversation_id = mine.id ORDER BY number DESC LIMIT 1
) AS last ON true
ORDER BY last.created_at DESC NULLS LAST, mine.name, mine.id
"""


@dataclass(frozen=True)
class Last:
    number: int
    created_at: datetime
    author: UUID
    text: str


@dataclass(frozen=True)
class Listed:
    """A conversation as its list shows it: a bar's, or with a person."""

    id: UUID
    stream: str
    bar: UUID | None
    person: UUID | None
    name: str
    unread: int
    last: Last | None


def seat_in(user: Any, conversation_id: UUID) -> Seat:
    """Raises NotFound for strangers, for who has left the bar, and for two who share none any more."""
    conversation = Conversation.objects.filter(pk=conversation_id).first()
    if conversation and conversation.stream:
        member = find_member(user, conversation.stream.partition(".")[2])
        if member and member.can(Permission.CHAT):
            return Seat(conversation, user.pk, conversation.stream, member.can(Permission.MODERATE_CHAT))
    elif conversation:
        other = conversation.other(user.pk)
        if other and colleagues(user).filter(pk=other).exists():
            return Seat(conversation, user.pk, f"user.{user.pk}", may_moderate=False)
    raise NotFound(_("There is no such conversation for you."))


def bars_to_talk_in(members: Iterable[Member]) -> list[UUID]:
    return [member.bar_id for member in members if member.can(Permission.CHAT)]


def colleagues(user: User) -> QuerySet[User]:
    """Who shares a bar with this person now and can sign in, by name."""
    theirs = Member.objects.active().filter(bar__in=bars_to_talk_in(user.memberships)).values("user")
    people = User.objects.filter(pk__in=theirs).exclude(pk=user.pk).exclude(password__startswith=NAMES_ALONE)
    return people.order_by(Lower("first_name"), "username")


def conversations(user: User, members: Iterable[Member] | None = None) -> list[Listed]:
    """Those of the person's bars and those with a colleague, the liveliest first.

    Two statements, or one by `members`, all of theirs.
    """
    bars = bars_to_talk_in(user.memberships if members is None else members)
    params: dict[str, Any] = {"me": user.pk, "bars": bars, "most": MOST_UNREAD}
    with connection.cursor() as cursor:
        cursor.execute(LIST, params)
        return [_listed(*row) for row in cursor.fetchall()]


def _listed(*row: Any) -> Listed:
    number, *said = row[6:]
    return Listed(**dict(zip(LISTED, row[:6], strict=True)), last=None if number is None else Last(number, *said))


def messages(seat: Seat, *, before: int | None = None) -> tuple[list[Message], int | None]:
    """The newest fifty, older than number `before`, and the number of the next page."""
    rows = Message.objects.filter(conversation=seat.conversation).select_related("author")
    older = rows.filter(number__lt=before) if before is not None else rows
    found = list(older.order_by("-number")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].number if len(found) > PAGE else None


def marks(seat: Seat) -> QuerySet[ReadMark]:
    """How far each has read."""
    return ReadMark.objects.filter(conversation=seat.conversation, number__gt=0).order_by("-number", "user_id")
