"""Reads of the sales."""

import base64
import binascii
from datetime import date, datetime
from uuid import UUID

from django.db.models import Prefetch, Q

from bars.models import Member
from realtime.errors import Problem
from sales.models import Line, Sale

PAGE = 50


class BadPage(Problem):
    code, title = "bad_page", "This is not the start of a page: take `next` from the page before."


def page_of_sales(member: Member, *, before: str = "", on: date | None = None) -> tuple[list[Sale], str]:
    """Fifty sales that the member may see, newest first, with their lines and seller; and where the next page starts.

    `before` is what an earlier call returned; a page costs the same however deep. Raises BadPage.
    """
    sales = Sale.objects.visible_to(member).newest_first().select_related("sold_by")
    if on:
        sales = sales.on(on)
    if before:
        at, pk = read_position(before)
        sales = sales.filter(Q(occurred_at__lt=at) | Q(occurred_at=at, pk__lt=pk), occurred_at__lte=at)
    page = list(sales.prefetch_related(Prefetch("lines", Line.objects.order_by("name", "id")))[: PAGE + 1])
    return page[:PAGE], position_of(page[PAGE - 1]) if len(page) > PAGE else ""


def position_of(sale: Sale) -> str:
    return base64.urlsafe_b64encode(f"{sale.occurred_at.isoformat()} {sale.pk}".encode()).decode().rstrip("=")


def read_position(text: str) -> tuple[datetime, UUID]:
    try:
        at, pk = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise BadPage()
        return moment, UUID(pk)
    except (ValueError, binascii.Error):
        raise BadPage() from None
