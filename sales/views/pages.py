"""What the counter's pages have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bars.models import Member
from bars.money import exponent
from bars.streams import topics_of
from realtime.snapshot import snapshot


@contextmanager
def following(member: Member, *topics: str) -> Iterator[dict[str, str]]:
    """What <live-page> of this member follows: of these topics of the bar those that are theirs, or their own sales.

    Rows that are read inside the block are of the moment of its cursor.
    """
    mine = [topic for topic in topics if topic in topics_of(member)]
    stream = f"bar.{member.bar_id}" if mine else f"user.{member.user_id}"
    with snapshot([stream]) as at:
        yield {"stream": stream, "topics": " ".join(mine) or "sales", "since": at.cursor(stream)}


def shown(request: HttpRequest, template: str, member: Member, **context: Any) -> HttpResponse:
    """A page of the member's bar."""
    known = {"member": member, "bar": member.bar, "digits": exponent(member.bar.currency)}
    return render(request, template, known | context)
