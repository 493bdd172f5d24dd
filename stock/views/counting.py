"""Pages of stock counts: the sheet for those who count, and the differences for those who decide."""

from itertools import groupby
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from bars.access import membership
from bars.models import Member
from bars.pages import newest_first
from bars.permissions import Permission
from bars.showing import following, read_id, shown
from realtime.errors import NotFound
from stock.models import StockCount
from stock.queries.counting import Sheet, counts_of, looked_at, open_sheet, review

DECIDES = (Permission.ADJUST_STOCK, Permission.SEE_COSTS)


@require_safe
@login_required
def count(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """The open sheet as this member fills it in: never what should be there, nor how many others have counted."""
    member = membership(request.user, bar_id, Permission.COUNT_STOCK)
    with following(member, "counts") as live:
        sheet = sheet_of(member)
        seen = looked_at(sheet.id) if sheet else {}
    rows = [row | {"by": seen.get(row["id"], [])} for row in sheet.products if row["is_active"]] if sheet else []
    return shown(
        request,
        "stock/count.html",
        member,
        live=live,
        sheet=sheet,
        shelves=[(name, list(some)) for name, some in groupby(rows, key=lambda row: row["category"])],
        done=sum(bool(row["by"]) for row in rows),
        all=len(rows),
        decides=all(map(member.can, DECIDES)),
    )


@require_safe
@login_required
def counts(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """The sheets of the past."""
    member = membership(request.user, bar_id, *DECIDES)
    before = read_id(request, "before")
    rows, next_page = newest_first(counts_of(member), before)
    return shown(request, "stock/counts.html", member, counts=rows, next=next_page, before=before)


@require_safe
@login_required
def count_review(request: HttpRequest, bar_id: UUID, count_id: UUID) -> HttpResponse:
    """What was counted against the books, and who has counted it."""
    member = membership(request.user, bar_id, *DECIDES)
    with following(member, "counts") as live:
        found = review(member, count_id)
    differing = [row for row in found.products if row.difference]
    return shown(
        request,
        "stock/count_review.html",
        member,
        live=live,
        review=found,
        sheet=found.sheet,
        is_open=found.sheet.status == StockCount.Status.OPEN,
        differing=differing,
        right=len(found.products) - len(differing),
    )


def sheet_of(member: Member) -> Sheet | None:
    """The sheet that is open, if any."""
    try:
        return open_sheet(member)
    except NotFound:
        return None
