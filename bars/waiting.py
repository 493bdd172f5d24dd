"""What waits for a person in each of their bars."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Count

from bars.conversations import conversations
from bars.models import Member, User
from bars.streams import streams_of
from realtime import notifications


class Waiting(NamedTuple):
    """A bar of a person, with how many notices and messages of its team they haven't read."""

    member: Member
    notices: int
    messages: int


def waiting_in(user: User, members: Sequence[Member]) -> list[Waiting]:
    """Of all bars that they work in, in as many queries for many as for one."""
    unread = notifications.unread(user.pk, streams_of(user, members))
    notices = dict(unread.values_list("stream").annotate(Count("pk")).order_by())
    messages: Counter[object] = Counter()
    for one in conversations(user, members):
        messages[one.bar] += one.unread
    return [Waiting(member, notices.get(f"bar.{member.bar_id}", 0), messages[member.bar_id]) for member in members]
