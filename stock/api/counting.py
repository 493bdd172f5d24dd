"""Stock counts by the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from bars.access import membership
from bars.pages import newest_first
from bars.permissions import Permission
from bars.transactions import KeyReused
from realtime import clock
from realtime.errors import refuses
from stock.models import StockCount
from stock.queries.counting import Reviewed, Sheet, counts_of, open_sheet, read_count, review
from stock.schemas.counting import CountIn, CountOut, CountsPage, Review, SheetOut
from stock.services.adjusting import Reserved
from stock.services.counting import (
    CountDecided,
    CountImplausible,
    apply_count,
    count_product,
    discard_count,
    open_count,
    withdraw_product,
)
from stock.services.shelf import OutOfStock, UnknownProduct

router = Router(tags=["stock counts"])


@router.post("/bars/{uuid:bar_id}/counts", response={201: CountOut}, summary="Open a sheet, one at a time")
def create_count(request: HttpRequest, response: HttpResponse, bar_id: UUID) -> Status[StockCount]:
    """Where one is open, it is answered, with `Idempotent-Replayed: true`."""
    member = membership(request.user, bar_id, Permission.ADJUST_STOCK)
    opened = open_count(member, at=clock.now())
    if opened.is_replay:
        response["Idempotent-Replayed"] = "true"
    return Status(201, opened.count)


@router.get("/bars/{uuid:bar_id}/counts", response=CountsPage, summary="Stock counts, newest first, 50 a page")
def list_counts(request: HttpRequest, bar_id: UUID, before: UUID | None = None) -> dict[str, Any]:
    member = membership(request.user, bar_id, Permission.ADJUST_STOCK)
    counts, following = newest_first(counts_of(member), before)
    return {"counts": counts, "next": following}


@router.get("/bars/{uuid:bar_id}/counts/open", response=SheetOut, summary="The open sheet, as you fill it in")
def show_sheet(request: HttpRequest, bar_id: UUID) -> Sheet:
    """It doesn't say what should be there, nor what others have counted."""
    return open_sheet(membership(request.user, bar_id, Permission.COUNT_STOCK))


@router.put(
    "/bars/{uuid:bar_id}/counts/{uuid:count_id}/products/{uuid:product_id}",
    response={204: None},
    summary="Note how many you have counted, in place of what you noted before",
    openapi_extra=refuses(CountDecided, UnknownProduct, KeyReused),
)
def put_counted(request: HttpRequest, bar_id: UUID, count_id: UUID, product_id: UUID, counted: CountIn) -> Status[None]:
    """What different people have counted adds up: each counts another place."""
    member = membership(request.user, bar_id, Permission.COUNT_STOCK)
    count_product(member, count_id, product_id, key=counted.key, quantity=counted.quantity)
    return Status(204, None)


@router.delete(
    "/bars/{uuid:bar_id}/counts/{uuid:count_id}/products/{uuid:product_id}",
    response={204: None},
    summary="Take back what you have noted of a product",
    openapi_extra=refuses(CountDecided, KeyReused),
)
def delete_counted(request: HttpRequest, bar_id: UUID, count_id: UUID, product_id: UUID, key: UUID) -> Status[None]:
    """By the `key`, a repeat that comes late takes back nothing that you have noted since."""
    member = membership(request.user, bar_id, Permission.COUNT_STOCK)
    withdraw_product(member, count_id, product_id, key=key)
    return Status(204, None)


@router.get("/bars/{uuid:bar_id}/counts/{uuid:count_id}", response=Review, summary="What was counted against the books")
def show_count(request: HttpRequest, bar_id: UUID, count_id: UUID) -> Reviewed:
    member = membership(request.user, bar_id, Permission.ADJUST_STOCK, Permission.SEE_COSTS)
    return review(member, count_id)


@router.post(
    "/bars/{uuid:bar_id}/counts/{uuid:count_id}/apply",
    response=Review,
    summary="Adjust what differs, all or nothing",
    openapi_extra=refuses(CountDecided, CountImplausible, Reserved, OutOfStock),
)
def post_apply(request: HttpRequest, bar_id: UUID, count_id: UUID) -> Reviewed:
    member = membership(request.user, bar_id, Permission.ADJUST_STOCK, Permission.SEE_COSTS)
    apply_count(member, count_id, at=clock.now())
    return review(member, count_id)


@router.post(
    "/bars/{uuid:bar_id}/counts/{uuid:count_id}/discard",
    response=CountOut,
    summary="Throw a sheet away",
    openapi_extra=refuses(CountDecided),
)
def post_discard(request: HttpRequest, bar_id: UUID, count_id: UUID) -> StockCount:
    member = membership(request.user, bar_id, Permission.ADJUST_STOCK)
    discard_count(member, count_id, at=clock.now())
    return read_count(member, count_id)
