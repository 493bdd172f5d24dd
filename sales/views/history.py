"""What was sold: the list, and each sale with what may be done about it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from bars.access import membership
from bars.models import Bar
from bars.permissions import Permission
from bars.queries import team
from realtime import clock
from sales.models import Return, Sale, Settlement
from sales.objections import objections_to
from sales.pager import Pager
from sales.queries.hanging import hanging_on
from sales.queries.sales import Wanted, count_of_sales, neighbours, one_sale, page_of_sales, pages_of, stock_for
from sales.queries.searching import TooVague
from sales.steps import Steps
from sales.views.asked import read_choice, read_day, read_id, read_number, read_search
from sales.views.pages import following, shown

KEPT_FOR = (1, 3, 14, 30, 60, 90)  # days that are offered beside the bar's own


@require_safe
@login_required
def history(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """Sales that the member may see, newest first, fifty a page, of all days or one business date.

    Who sees all has numbers under the list; who sees their own, who filters, and who comes by `before`, only goes on.
    """
    member = membership(request.user, bar_id)
    wanted, before, number = wanted_of(request), request.GET.get("before", ""), read_number(request)
    context: dict[str, Any] = {"before": before, "on": wanted.on, "wanted": wanted}
    with following(member, "sales") as live:
        try:
            context["sales"], context["next"] = page_of_sales(member, wanted, before=before, number=number)
        except TooVague as vague:  # who types on sees it: it is said in the place of the list
            context["vague"] = vague
        total = None if before else count_of_sales(member, wanted)
    context |= {"statuses": Sale.Status.choices, "payments": Sale.Payment.choices}
    if total is not None:
        context |= {"total": total, "pager": Pager(number or 1, pages_of(total))}
    if member.can(Permission.SEE_ALL_SALES):
        context["sellers"] = team(bar_id)
    return shown(request, "sales/history.html", member, live=live, **context)


def wanted_of(request: HttpRequest) -> Wanted:
    """Raises Problem."""
    return Wanted(
        on=read_day(request.GET.get("on", "")),
        status=read_choice(request, "status", Sale.Status),
        payment=read_choice(request, "payment", Sale.Payment),
        seller=read_id(request, "seller"),
        to_verify=True if request.GET.get("to_verify") else None,
        search=read_search(request),
    )


@require_safe
@login_required
def sale(request: HttpRequest, bar_id: UUID, sale_id: UUID) -> HttpResponse:
    """A sale that the member may see: its lines, what was decided, what hangs on it, and the steps that are open."""
    member = membership(request.user, bar_id)
    with following(member, "sales", "returns", "consignments") as live:
        found = one_sale(member, sale_id)
        hanging = hanging_on(found)
        newer, older = neighbours(member, found)
        stock = stock_for([found])
    now = clock.now()
    context = {
        "sale": found,
        "lines": [
            {"line": line, "sum": line.unit_price * line.quantity, "left": hanging.left_of(line)}
            for line in found.lines.all()
        ],
        "hanging": hanging,
        "steps": Steps(member, found, hanging, now),
        "objections": objections_to(found, stock),
        "newer": newer,
        "older": older,
        "reasons": Return.Reason.choices,
        "settlements": Settlement.Payment.choices,
        "owed": found.total - sum(one.refund for one in hanging.returns),
        "kept_for": kept_for(member.bar),
    }
    return shown(request, "sales/sale.html", member, live=live, **context)


def kept_for(bar: Bar) -> list[tuple[int, str]]:
    """How long a bottle may be kept: days, and the moment that they end; the bar's own time is left to the API."""
    now = clock.now()
    return [
        (days, (now + timedelta(days=days) - timedelta(minutes=1)).isoformat())
        for days in KEPT_FOR
        if days != bar.consignment_days
    ]
