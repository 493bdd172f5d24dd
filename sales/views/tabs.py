"""Tabs and credit: what is sold and not paid yet."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from bars.access import membership
from bars.business_day import business_date
from bars.models import Bar
from bars.permissions import Permission
from realtime import clock
from sales.models import Settlement, Tab
from sales.queries.owed import one_tab, open_by_seller, page_of_credits, page_of_debtors, page_of_tabs
from sales.views.asked import read_choice, read_id
from sales.views.pages import following, shown


def today_of(bar: Bar) -> date:
    """The running business date."""
    return business_date(clock.now(), bar.zone, bar.closing_hour)


@require_safe
@login_required
def tabs(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """Open tabs, or settled ones, newest first, each with what is due on it."""
    member = membership(request.user, bar_id, Permission.SELL)
    status = read_choice(request, "status", Tab.Status) or Tab.Status.OPEN
    with following(member, "tabs", "sales") as live:
        found, after = page_of_tabs(member, status=status, before=read_id(request, "before"))
    context: dict[str, Any] = {"tabs": found, "next": after, "status": status, "today": today_of(member.bar)}
    if status == Tab.Status.OPEN and not after:
        context["due"] = sum(tab.sums.due for tab in found)  # type: ignore[attr-defined]
    return shown(request, "sales/tabs.html", member, live=live, **context)


@require_safe
@login_required
def tab(request: HttpRequest, bar_id: UUID, tab_id: UUID) -> HttpResponse:
    """A tab with what is due on it, and those of its sales that the member may see."""
    member = membership(request.user, bar_id, Permission.SELL)
    with following(member, "tabs", "sales") as live:
        found = one_tab(member, tab_id, before=read_id(request, "before"))
    context = {"tab": found, "settlements": Settlement.Payment.choices, "today": today_of(member.bar)}
    return shown(request, "sales/tab.html", member, live=live, **context)


@require_safe
@login_required
def open_of_sellers(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """ "Faire le point": what each seller has open; waiters see their own."""
    member = membership(request.user, bar_id, Permission.SELL)
    with following(member, "tabs", "sales") as live:
        sellers = open_by_seller(member)
    return shown(request, "sales/tabs_by_seller.html", member, live=live, sellers=sellers)


@require_safe
@login_required
def credits(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """Who owes how much; of one client, each sale that is owed."""
    member = membership(request.user, bar_id, Permission.SEE_ALL_SALES)
    client = request.GET.get("client", "")[:80]
    context: dict[str, Any] = {"client": client, "settlements": Settlement.Payment.choices}
    with following(member, "sales") as live:
        if client:
            sales, after = page_of_credits(member, client=client, before=read_id(request, "before"))
            context |= {"sales": sales, "next": after}
        else:
            debtors, after_name = page_of_debtors(member, after=request.GET.get("after", "")[:80])
            context |= {"debtors": debtors, "next": after_name}
    return shown(request, "sales/credits.html", member, live=live, **context)
