"""Pages of the counter."""

from datetime import date
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from bars.access import membership
from bars.money import exponent
from bars.permissions import Permission
from realtime.errors import Problem
from realtime.snapshot import snapshot
from sales.queries.sales import Wanted, page_of_sales
from sales.texts import till_texts
from stock.queries import shelf


@require_safe
@login_required
def till(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """The shelf as tiles, with the cursor that the page goes on from."""
    member = membership(request.user, bar_id, Permission.SELL)
    stream = f"bar.{bar_id}"
    with snapshot([stream]) as at:
        products, cursor = shelf(bar_id), at.cursor(stream)
    context = {
        "member": member,
        "bar": member.bar,
        "products": products,
        "categories": list(dict.fromkeys(product["category"] for product in products)),
        "cursor": cursor,
        "digits": exponent(member.bar.currency),
        "texts": till_texts(),
    }
    return render(request, "sales/till.html", context)


@require_safe
@login_required
def history(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """Sales that the member may see, newest first, fifty a page, of all days or one business date."""
    member = membership(request.user, bar_id)
    on = read_day(request.GET.get("on", ""))
    sales, following = page_of_sales(member, Wanted(on=on), before=request.GET.get("before", ""))
    context = {"member": member, "bar": member.bar, "sales": sales, "next": following, "on": on}
    return render(request, "sales/history.html", context)


def read_day(text: str) -> date | None:
    """The date of a filter, None for all days. Raises Problem."""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if text and day is None:
        raise Problem("This is not a date.", field="on")
    return day
