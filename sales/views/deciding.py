"""Sales that wait for a decision."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from bars.access import membership
from bars.models import Member
from bars.permissions import Permission
from sales.models import Sale
from sales.objections import objections_to
from sales.queries.sales import Wanted, page_of_sales, stock_for, waiting_by_seller
from sales.texts import pick_texts
from sales.views.asked import read_id
from sales.views.pages import following, shown


@require_safe
@login_required
def pending(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """What waits, what a phone has brought that needs a look, and what has expired; of all sellers or of one."""
    member = membership(request.user, bar_id, Permission.VALIDATE_SALES)
    seller = read_id(request, "seller")
    with following(member, "sales") as live:
        found = lists_of(member, seller)
        waiting = waiting_by_seller(bar_id)
    of_sellers = [one for one in waiting if one["status"] == Sale.Status.PENDING]
    wanted = [one for one in of_sellers if seller in (None, one["sold_by"])]
    totals = {"count": sum(one["count"] for one in wanted), "total": sum(one["total"] for one in wanted)}
    context = found | {"seller": seller, "sellers": of_sellers, "waiting": totals, "texts": pick_texts()}
    return shown(request, "sales/pending.html", member, live=live, **context)


def lists_of(member: Member, seller: UUID | None) -> dict[str, Any]:
    """Fifty of each, newest first; what needs review with what speaks against it."""

    def newest(status: Sale.Status) -> tuple[list[Sale], str]:
        return page_of_sales(member, Wanted(status=status, seller=seller))

    (pending, more), (review, _), (expired, _) = map(
        newest, (Sale.Status.PENDING, Sale.Status.NEEDS_REVIEW, Sale.Status.EXPIRED)
    )
    stock = stock_for(review)
    reviewed = [{"sale": sale, "objections": objections_to(sale, stock)} for sale in review]
    return {"pending": pending, "more": more, "review": reviewed, "expired": expired}
