"""Selling by the API, and the list of what was sold."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from bars.access import membership
from bars.permissions import Permission
from bars.replays import mark_replay
from realtime import clock
from realtime.errors import refuses
from realtime.snapshot import snapshot
from sales.models import Sale
from sales.queries.sales import BadPage, NoSuchPage, count_of_sales, page_of_sales, pages_of
from sales.queries.searching import TooVague
from sales.schemas.selling import SaleIn, SaleOut, SalesAsked, SalesPage
from sales.services.selling import (
    DiscountTooHigh,
    KeyReused,
    PriceChanged,
    TabNotOpen,
    UnknownSeller,
    sell,
)
from stock.services.shelf import OutOfStock, UnknownProduct

router = Router(tags=["sales"])
REFUSED = refuses(OutOfStock, PriceChanged, UnknownProduct, DiscountTooHigh, TabNotOpen, UnknownSeller, KeyReused)


@router.post(
    "/bars/{uuid:bar_id}/sales",
    response={201: SaleOut},
    summary="Sell a basket, once per key",
    openapi_extra=REFUSED,
)
def create_sale(request: HttpRequest, response: HttpResponse, bar_id: UUID, order: SaleIn) -> Status[Sale]:
    """Asking again with the same key and body answers with the same sale and `Idempotent-Replayed: true`."""
    member = membership(request.user, bar_id, Permission.SELL)
    sold = sell(member, order.basket(), at=clock.now())
    mark_replay(response, sold.is_replay)
    return Status(201, sold.sale)


@router.get(
    "/bars/{uuid:bar_id}/sales",
    response=SalesPage,
    summary="Sales you may see, newest first, 50 a page",
    openapi_extra=refuses(BadPage, NoSuchPage, TooVague),
)
def list_sales(request: HttpRequest, response: HttpResponse, bar_id: UUID, asked: Query[SalesAsked]) -> dict:
    member = membership(request.user, bar_id)
    stream = f"bar.{bar_id}" if member.can(Permission.SEE_ALL_SALES) else f"user.{member.user_id}"
    with snapshot([stream]) as at:
        response["Cursor"] = at.cursor(stream)
        sales, following = page_of_sales(member, asked.wanted(), before=asked.before, number=asked.page)
        total = count_of_sales(member, asked.wanted())
    return {"sales": sales, "next": following, "total": total, "pages": total if total is None else pages_of(total)}
