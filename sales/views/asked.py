"""What a page is asked for in its address. Whatever makes no sense is a Problem."""

from datetime import date
from enum import Enum
from typing import TypeVar
from uuid import UUID

from django.http import HttpRequest
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from bars.texts import clean
from realtime.errors import Problem
from sales.queries.sales import MOST_PAGES, BadPage
from sales.queries.searching import LONGEST

C = TypeVar("C", bound=Enum)


def read_number(request: HttpRequest) -> int | None:
    """The number of a page, None where none is asked for. Raises BadPage."""
    text = request.GET.get("page", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:20]) <= MOST_PAGES):
        raise BadPage()
    return int(text)


def read_day(text: str) -> date | None:
    """The date of a filter, None for all days. Raises Problem."""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if text and day is None:
        raise Problem(_("This is not a date: write it as 2026-11-21."), field="on")
    return day


def read_search(request: HttpRequest) -> str:
    """What is searched for, empty where nothing is. Raises Problem."""
    try:
        text = clean(request.GET.get("q", ""))
    except ValueError as error:
        raise Problem(_("This can't be searched for: it %(fault)s.") % {"fault": error}, field="q") from None
    if len(text) > LONGEST:
        raise Problem(_("A search has at most %(most)d characters.") % {"most": LONGEST}, field="q")
    return text


def read_choice(request: HttpRequest, name: str, choices: type[C]) -> C | None:
    """One of `choices`, None for all of them. Raises Problem."""
    text = request.GET.get(name, "")
    try:
        return choices(text) if text else None
    except ValueError:
        raise Problem(_("This is not one of the choices: take one of the list."), field=name) from None


def read_id(request: HttpRequest, name: str) -> UUID | None:
    """An id, None where none is asked for. Raises Problem."""
    text = request.GET.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Problem(_("This address was changed or cut off: go back and choose again."), field=name) from None
