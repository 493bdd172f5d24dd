"""Returns and consignments."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from bars.access import membership
from bars.permissions import Permission
from sales.models import Consignment, Return
from sales.queries.hanging import kept_consignments, one_consignment, page_of_consignments, page_of_returns
from sales.views.asked import read_choice, read_id, read_number
from sales.views.pages import following, shown


@require_safe
@login_required
def returns(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """Returns that the member may see, newest first, of all states or one."""
    member = membership(request.user, bar_id, Permission.ASK_RETURN)
    status = read_choice(request, "status", Return.Status)
    with following(member, "returns") as live:
        found, after = page_of_returns(member, status=status, before=read_id(request, "before"))
    context: dict[str, Any] = {"returns": found, "next": after, "status": status, "statuses": Return.Status.choices}
    context["consequences"] = [(reason, *Return.CONSEQUENCES.get(reason, (False, False))) for reason in Return.Reason]
    return shown(request, "sales/returns.html", member, live=live, **context)


@require_safe
@login_required
def consignments(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """What is kept for clients, what ends soonest first; or what has ended, newest first."""
    member = membership(request.user, bar_id, Permission.CONSIGN)
    status = read_choice(request, "status", Consignment.Status) or Consignment.Status.ACTIVE
    client, number = request.GET.get("client", "")[:80], read_number(request) or 1
    context: dict[str, Any] = {
        "status": status,
        "statuses": Consignment.Status.choices,
        "client": client,
    }
    with following(member, "consignments") as live:
        if status == Consignment.Status.ACTIVE:
            kept, is_more = kept_consignments(member, client=client, page=number)
            context |= {"kept": kept, "page": number + 1 if is_more else None}
        else:
            before = read_id(request, "before")
            kept, after = page_of_consignments(member, status=status, client=client, before=before)
            context |= {"kept": kept, "next": after}
    return shown(request, "sales/consignments.html", member, live=live, **context)


@require_safe
@login_required
def consignment(request: HttpRequest, bar_id: UUID, consignment_id: UUID) -> HttpResponse:
    """What is kept for a client, and what was handed over of it."""
    member = membership(request.user, bar_id, Permission.CONSIGN)
    with following(member, "consignments") as live:
        kept = one_consignment(member, consignment_id)
    left = kept.quantity - kept.claimed if kept.status == Consignment.Status.ACTIVE else 0
    return shown(request, "sales/consignment.html", member, live=live, kept=kept, left=left)
