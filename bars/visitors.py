"""What each page tells of who looks at it, asked once for all of the page: their bars, and what rings for them."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest

from bars.models import Member, User
from bars.streams import streams_of
from realtime.cursors import Cursor
from realtime.notifications import unread_at


class Visitor:
    """A person while one page is made."""

    def __init__(self, user: User) -> None:
        self.user = user

    @cached_property
    def members(self) -> list[Member]:
        """Of the bars they work in."""
        return self.user.memberships

    @cached_property
    def _rung(self) -> tuple[int, dict[str, Cursor]]:
        return unread_at(self.user.pk, streams_of(self.user, self.members))

    @property
    def unread(self) -> int:
        """How many notifications they haven't read; what comes behind `cursors` isn't among them."""
        return self._rung[0]

    @property
    def cursors(self) -> dict[str, Cursor]:
        """How far each stream has come that they may follow."""
        return self._rung[1]


def visitor_of(request: HttpRequest) -> Visitor:
    """Of who is signed in."""
    known: Any = request
    if not hasattr(known, "visitor"):
        known.visitor = Visitor(known.user)
    return known.visitor
