"""Pages of what suppliers bring."""

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
from stock.models import Supplier, Supply
from stock.queries.listing import Wanted, listed_products
from stock.queries.supplies import supplies_of

MAY = (Permission.RECEIVE_SUPPLIES, Permission.SEE_COSTS)


@require_safe
@login_required
def supplies(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """Deliveries, newest first, of all suppliers or of one."""
    member = membership(request.user, bar_id, *MAY)
    supplier, before = read_id(request, "supplier"), read_id(request, "before")
    with following(member, "supplies") as live:
        rows, next_page = newest_first(supplies_of(member, supplier=supplier), before)
    return shown(
        request,
        "stock/supplies.html",
        member,
        live=live,
        supplies=rows,
        next=next_page,
        before=before,
        supplier=supplier,
        suppliers=suppliers_of(member),
    )


@require_safe
@login_required
def new_supply(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """A delivery of several products: a supply is written for each line."""
    member = membership(request.user, bar_id, *MAY)
    rows = listed_products(member, Wanted())
    shelves = [(name, list(some)) for name, some in groupby(rows, key=lambda product: product.category.name)]
    return shown(
        request,
        "stock/new_supply.html",
        member,
        shelves=shelves,
        suppliers=[one for one in suppliers_of(member) if one.is_active],
        payments=Supply.Payment.choices,
        product=read_id(request, "product"),
    )


@require_safe
@login_required
def supply(request: HttpRequest, bar_id: UUID, supply_id: UUID) -> HttpResponse:
    """One delivery, and its reversal."""
    member = membership(request.user, bar_id, *MAY)
    with following(member, "supplies") as live:
        found = supplies_of(member).select_related("reverses").filter(pk=supply_id).first()
    if found is None:
        raise NotFound()
    return shown(
        request,
        "stock/supply.html",
        member,
        live=live,
        supply=found,
        mirror=getattr(found, "reversal", None),
        unit_cost=found.lot_price / found.lot_size,
    )


def suppliers_of(member: Member) -> list[Supplier]:
    return list(Supplier.objects.filter(bar_id=member.bar_id).order_by("name"))
