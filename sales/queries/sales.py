"""Reads of the sales."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Prefetch, Q, Sum, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.permissions import Permission
from realtime.errors import NotFound, Problem
from sales.models import Decision, Line, Sale
from sales.models.sale import SaleQuerySet
from sales.queries.searching import newest_found
from stock.models import Product

PAGE, MOST_PAGES = 50, 10_000_000
SLACK = timedelta(hours=2)  # a change of clocks, and more
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9000, 1, 1)
COUNT = """
SELECT coalesce(sum(sales), 0)::bigint FROM sales_days(%(bar)s) WHERE business_date = coalesce(%(on)s, business_date)
"""
# The date in UTC on which a place in the history lies, and how many sales are newer than all of that date.
DATE_OF_PLACE = """
SELECT utc_date, newer
FROM (
    SELECT utc_date, (sum(sum(sales)) OVER (ORDER BY utc_date DESC) - sum(sales))::bigint AS newer
    FROM sales_days(%(bar)s) GROUP BY utc_date
) AS day
WHERE newer <= %(place)s ORDER BY utc_date LIMIT 1
"""


class BadPage(Problem):
    code, title = "bad_page", _("This is not the start of a page: take `next` from the page before.")


class NoSuchPage(Problem):
    code, title = "no_such_page", _("There are not so many pages: go back to the first.")


@dataclass(frozen=True)
class Wanted:
    """Which sales of those that a member may see; None and no search is all."""

    status: Sale.Status | None = None
    seller: UUID | None = None
    payment: Sale.Payment | None = None
    on: date | None = None
    to_verify: bool | None = None
    search: str = ""


ALL = Wanted()


def page_of_sales(
    member: Member, wanted: Wanted = ALL, *, before: str = "", number: int | None = None
) -> tuple[list[Sale], str]:
    """Fifty sales that the member may see, newest first, with their lines and seller; and where the next page starts.

    `before` is what an earlier call returned; a page costs the same however deep. Or the page of this number, the
    newest being 1, where `are_numbered`. Raises BadPage, NoSuchPage, TooVague.
    """
    sales = _wanted(Sale.objects.visible_to(member), member, wanted).newest_first()
    if number is not None and (before or not are_numbered(member, wanted)):
        raise BadPage()
    if before:
        at, pk = read_position(before)
        sales = sales.filter(Q(occurred_at__lt=at) | Q(occurred_at=at, pk__lt=pk), occurred_at__lte=at)
    elif number is not None and number > 1:
        at, pk = _start_of(number, sales, member, wanted)
        sales = sales.filter(Q(occurred_at__lt=at) | Q(occurred_at=at, pk__lte=pk), occurred_at__lte=at)
    if wanted.search:
        sales = newest_found(sales, member.bar, wanted.search, PAGE + 1)
    sales = sales.select_related("sold_by", "decided_by")
    page = list(sales.prefetch_related(Prefetch("lines", Line.objects.order_by("name", "id")))[: PAGE + 1])
    for sale in page:
        _hide(sale, member)
    return page[:PAGE], position_of(page[PAGE - 1]) if len(page) > PAGE else ""


def are_numbered(member: Member, wanted: Wanted) -> bool:
    """Whether pages of these sales have numbers: all of a bar, or of one of its business dates, are counted."""
    return member.can(Permission.SEE_ALL_SALES) and wanted == Wanted(on=wanted.on)


def count_of_sales(member: Member, wanted: Wanted = ALL) -> int | None:
    """How many sales these are, of every status, by the counts of finished days; None where pages have no numbers."""
    if not are_numbered(member, wanted):
        return None
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"bar": member.bar_id, "on": wanted.on})
        return cursor.fetchone()[0]


def pages_of(sales: int) -> int:
    """How many pages so many sales are; none are an empty page."""
    return max(1, -(-sales // PAGE))


def one_sale(member: Member, sale_id: UUID) -> Sale:
    """A sale that the member may see, with its lines, its people and what was decided about it. Raises NotFound."""
    people = ("sold_by", "created_by", "decided_by", "verified_by")
    sales = Sale.objects.visible_to(member).select_related(*people, "tab")
    decisions = Decision.objects.select_related("decided_by").order_by("decided_at", "id")
    lines = Line.objects.order_by("name", "id")
    sale = sales.prefetch_related(Prefetch("lines", lines), Prefetch("decisions", decisions)).filter(pk=sale_id).first()
    if sale is None:
        raise NotFound(_("There is no such sale for you in this bar."))
    _hide(sale, member)
    return sale


def sold_to_client(sale_id: UUID) -> Sale | None:
    """A sale with its bar and lines, whoever asks: only behind a receipt's link."""
    lines = Prefetch("lines", Line.objects.order_by("name", "id"))
    return Sale.objects.select_related("bar").prefetch_related(lines).filter(pk=sale_id).first()


def neighbours(member: Member, sale: Sale) -> tuple[UUID | None, UUID | None]:
    """The sales next to this one that the member may see: the newer, and the older."""
    at, pk = sale.occurred_at, sale.pk
    sales = Sale.objects.visible_to(member)
    newer = sales.filter(Q(occurred_at__gt=at) | Q(occurred_at=at, pk__gt=pk), occurred_at__gte=at)
    older = sales.filter(Q(occurred_at__lt=at) | Q(occurred_at=at, pk__lt=pk), occurred_at__lte=at)
    return (
        newer.order_by("occurred_at", "id").values_list("pk", flat=True).first(),
        older.newest_first().values_list("pk", flat=True).first(),
    )


def waiting_by_seller(bar_id: UUID) -> list[dict[str, Any]]:
    """Who has sales that wait for a decision: the seller with name, how many of which status, and their sum."""
    waiting = Sale.objects.filter(bar_id=bar_id, status__in=[Sale.Status.PENDING, Sale.Status.NEEDS_REVIEW])
    name = Coalesce(NullIf("sold_by__first_name", Value("")), "sold_by__username")
    by_seller = waiting.values("sold_by", "status").annotate(name=name, count=Count("pk"), total=Sum("total"))
    return [dict(one) for one in by_seller.order_by("name", "sold_by", "status")]


def count_of_waiting(member: Member) -> int:
    """How many sales wait for a decision."""
    return sum(seller["count"] for seller in waiting_by_seller(member.bar_id))


def stock_for(sales: Iterable[Sale]) -> dict[str, int]:
    """How many are available now of what these sales were short of, by the product's id."""
    short = {one["product"] for sale in sales for one in (sale.review or {}).get("short", [])}
    if not short:
        return {}
    rows = Product.objects.filter(pk__in=short).values_list("pk", F("stock") - F("reserved"))
    return {str(pk): available for pk, available in rows}


def _start_of(number: int, sales: SaleQuerySet, member: Member, wanted: Wanted) -> tuple[datetime, UUID]:
    """The first sale of a page: its date by the counts, then its place among the sales of that date."""
    place = (number - 1) * PAGE
    if wanted.on is None:
        date_of_place = _date_of(place, member)
        if date_of_place is None:
            raise NoSuchPage()
        day, newer = date_of_place
        midnight = datetime.combine(day, time.min, UTC)
        sales = sales.filter(occurred_at__gte=midnight, occurred_at__lt=midnight + timedelta(days=1))
        place -= newer
    start = sales.values_list("occurred_at", "pk")[place : place + 1].first()
    if start is None:
        raise NoSuchPage()
    return start


def _date_of(place: int, member: Member) -> tuple[date, int] | None:
    with connection.cursor() as cursor:
        cursor.execute(DATE_OF_PLACE, {"bar": member.bar_id, "place": place})
        return cursor.fetchone()


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
