"""The till."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from bars.access import membership
from bars.models import Bar, Member
from bars.money import exponent
from bars.permissions import Permission
from bars.queries import sellers
from bars.visitors import visitor_of
from realtime.features import is_on
from realtime.snapshot import snapshot
from sales.queries.counter import favourites, open_tabs
from sales.texts import till_texts
from stock.queries import shelf

TILL_RECEIPT = "till_receipt"  # a feature that some bars try first: what has sold offers its receipt


@require_safe
@login_required
def till(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """The shelf as tiles, what sells most first, with the cursor that the page goes on from.

    `?tab=` is the open tab that the next sales go on. `Page-For` tells the phone, which keeps the page for when there
    is no network, whose it is.
    """
    member = membership(request.user, bar_id, Permission.SELL)
    stream = f"bar.{bar_id}"
    with snapshot([stream]) as at:
        products, tabs, cursor = shelf(bar_id), open_tabs(bar_id), at.cursor(stream)
    liked = favourites(bar_id)
    context = {
        "member": member,
        "bar": member.bar,
        "products": sorted(products, key=lambda product: product["id"] not in liked),  # stable: else as on the shelf
        "categories": list(dict.fromkeys(product["category"] for product in products)),
        "tabs": tabs,
        "tab": next((one for one in tabs if str(one["id"]) == request.GET.get("tab")), None),
        "sellers": _sellers(member),
        "cursor": cursor,
        "digits": exponent(member.bar.currency),
        "discount_limit": member.bar.discount_limit if member.can(Permission.GIVE_DISCOUNTS) else 0,
        "has_receipts": is_on(TILL_RECEIPT, bar_id),
        "texts": till_texts(),
    }
    page = render(request, "sales/till.html", context)
    page["Page-For"] = str(member.user_id)
    return page


@require_safe
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Where the installed app opens: at the till of who works in one bar, else where they choose."""
    mine = visitor_of(request).members
    if len(mine) == 1 and mine[0].can(Permission.SELL):
        return redirect("till", mine[0].bar_id)
    return redirect("bars")


def _sellers(member: Member) -> Any:
    """Whose name a sale can get on a bar's one device; nobody's where everybody sells on their own."""
    if member.bar.mode != Bar.Mode.SIMPLIFIED or not member.can(Permission.SELL_FOR_OTHERS):
        return ()
    return [one for one in sellers(member.bar_id) if one.user_id != member.user_id]
