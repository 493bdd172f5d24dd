"""What the pages of a bar have in common: what they know, what they follow, and what their address asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.money import exponent
from realtime.errors import Problem
from realtime.snapshot import snapshot


@contextmanager
def following(member: Member, topics: str) -> Iterator[dict[str, str]]:
    """What the <live-page> of a bar's page follows; rows read inside the block are of the moment of its cursor."""
    stream = f"bar.{member.bar_id}"
    with snapshot([stream]) as at:
        yield {"stream": stream, "topics": topics, "since": at.cursor(stream)}


def shown(request: HttpRequest, template: str, member: Member, **context: Any) -> HttpResponse:
    """A page of the member's bar."""
    known = {"member": member, "bar": member.bar, "digits": exponent(member.bar.currency)}
    return render(request, template, known | context)


def read_id(request: HttpRequest, name: str) -> UUID | None:
    """An id that the address asks for, None where it asks for none. Raises Problem."""
    text = request.GET.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Problem(_("This address is not complete."), field=name) from None
