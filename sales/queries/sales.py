"""Reads of the sales."""

import base64
import binascii
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Prefetch, Q

from bars.models import Member
from bars.permissions import Permission
from realtime.errors import NotFound, Problem
from sales.models import Decision, Line, Sale
from sales.models.sale import SaleQuerySet

PAGE = 50
SLACK = timedelta(hours=2)  # a change of clocks, and more
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9000, 1, 1)


class BadPage(Problem):
    code, title = "bad_page", "This is not the start of a page: take `next` from the page before."


@dataclass(frozen=True)
class Wanted:
    """Which sales of those that a member may see; None is all."""

    status: Sale.Status | None = None
    seller: UUID | None = None
    payment: Sale.Payment | None = None
    on: date | None = None
    to_verify: bool | None = None


ALL = Wanted()


def page_of_sales(member: Member, wanted: Wanted = ALL, *, before: str = "") -> tuple[list[Sale], str]:
    """Fifty sales that the member may see, newest first, with their lines and seller; and where the next page starts.

    `before` is what an earlier call returned; a page costs the same however deep. Raises BadPage.
    """
    sales = _wanted(Sale.objects.visible_to(member), member, wanted)
    sales = sales.newest_first().select_related("sold_by", "decided_by")
    if before:
        at, pk = read_position(before)
        sales = sales.filter(Q(occurred_at__lt=at) | Q(occurred_at=at, pk__lt=pk), occurred_at__lte=at)
    page = list(sales.prefetch_related(Prefetch("lines", Line.objects.order_by("name", "id")))[: PAGE + 1])
    for sale in page:
        _hide(sale, member)
    return page[:PAGE], position_of(page[PAGE - 1]) if len(page) > PAGE else ""


def one_sale(member: Member, sale_id: UUID) -> Sale:
    """A sale that the member may see, with its lines, its people and what was decided about it. Raises NotFound."""
    sales = Sale.objects.visible_to(member).select_related("sold_by", "created_by", "decided_by", "verified_by")
    decisions = Decision.objects.select_related("decided_by").order_by("decided_at", "id")
    lines = Line.objects.order_by("name", "id")
    sale = sales.prefetch_related(Prefetch("lines", lines), Prefetch("decisions", decisions)).filter(pk=sale_id).first()
    if sale is None:
        raise NotFound("There is no such sale for you in this bar.")
    _hide(sale, member)
    return sale


def _wanted(sales: SaleQuerySet, member: Member, wanted: Wanted) -> SaleQuerySet:
    exact = {
        "status": wanted.status,
        "sold_by_id": wanted.seller,
        "payment": wanted.payment,
        "to_verify": wanted.to_verify,
        "business_date": wanted.on,
    }
    sales = sales.filter(**{name: value for name, value in exact.items() if value is not None})
    if wanted.on and FIRST_DAY < wanted.on < LAST_DAY:  # around which no moment can be told
        # The same again as moments, which the index of the newest knows.
        opening = datetime.combine(wanted.on, time(member.bar.closing_hour), member.bar.zone)
        sales = sales.filter(occurred_at__gte=opening - SLACK, occurred_at__lt=opening + timedelta(days=1) + SLACK)
    return sales


def _hide(sale: Sale, member: Member) -> None:
    """What speaks against a sale is told to those who decide about it."""
    if not member.can(Permission.VALIDATE_SALES):
        sale.review = None


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
