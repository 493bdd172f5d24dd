"""Suppliers and supplies by the API."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from bars.access import membership
from bars.days import Day
from bars.pages import newest_first
from bars.permissions import Permission
from bars.transactions import KeyReused
from realtime import clock
from realtime.errors import refuses
from realtime.snapshot import snapshot
from stock.models import Supplier, Supply
from stock.queries.supplies import supplies_of
from stock.schemas.supplies import (
    ReversalIn,
    SupplierChange,
    SupplierIn,
    SupplierOut,
    SuppliesPage,
    SupplyIn,
    SupplyOut,
)
from stock.services.names import Taken
from stock.services.shelf import OutOfStock, UnknownProduct
from stock.services.suppliers import add_supplier, change_supplier
from stock.services.supplies import NotReversible, UnknownSupplier, receive, reverse_supply

router = Router(tags=["supplies"])


@router.get("/bars/{uuid:bar_id}/suppliers", response=list[SupplierOut], summary="Who delivers, or has delivered")
def list_suppliers(request: HttpRequest, bar_id: UUID) -> QuerySet[Supplier]:
    membership(request.user, bar_id, Permission.RECEIVE_SUPPLIES)
    return Supplier.objects.filter(bar_id=bar_id).order_by("name")


@router.post(
    "/bars/{uuid:bar_id}/suppliers", response={201: SupplierOut}, summary="Add a supplier", openapi_extra=refuses(Taken)
)
def create_supplier(request: HttpRequest, bar_id: UUID, supplier: SupplierIn) -> Status[Supplier]:
    member = membership(request.user, bar_id, Permission.RECEIVE_SUPPLIES)
    return Status(201, add_supplier(member, name=supplier.name, phone=supplier.phone, note=supplier.note))


@router.patch(
    "/bars/{uuid:bar_id}/suppliers/{uuid:supplier_id}",
    response=SupplierOut,
    summary="Change what is sent",
    openapi_extra=refuses(Taken),
)
def update_supplier(request: HttpRequest, bar_id: UUID, supplier_id: UUID, change: SupplierChange) -> Supplier:
    member = membership(request.user, bar_id, Permission.RECEIVE_SUPPLIES)
    return change_supplier(member, supplier_id, change.changes())


@router.post(
    "/bars/{uuid:bar_id}/supplies",
    response={201: SupplyOut},
    summary="Receive a delivery, once per key",
    openapi_extra=refuses(UnknownProduct, UnknownSupplier, KeyReused),
)
def create_supply(request: HttpRequest, response: HttpResponse, bar_id: UUID, supply: SupplyIn) -> Status[Supply]:
    """Asking again with the same key and body answers with the same supply and `Idempotent-Replayed: true`."""
    member = membership(request.user, bar_id, Permission.RECEIVE_SUPPLIES, Permission.SEE_COSTS)
    received = receive(member, supply.delivery(), at=clock.now())
    if received.is_replay:
        response["Idempotent-Replayed"] = "true"
    return Status(201, received.supply)


@router.post(
    "/bars/{uuid:bar_id}/supplies/{uuid:supply_id}/reversal",
    response={201: SupplyOut},
    summary="Take a delivery back: its mirror, made once",
    openapi_extra=refuses(NotReversible, OutOfStock),
)
def create_reversal(
    request: HttpRequest, response: HttpResponse, bar_id: UUID, supply_id: UUID, reversal: ReversalIn
) -> Status[Supply]:
    member = membership(request.user, bar_id, Permission.REVERSE_SUPPLIES, Permission.SEE_COSTS)
    received = reverse_supply(member, supply_id, note=reversal.note, at=clock.now())
    if received.is_replay:
        response["Idempotent-Replayed"] = "true"
    return Status(201, received.supply)


@router.get("/bars/{uuid:bar_id}/supplies", response=SuppliesPage, summary="Deliveries, newest first, 50 a page")
def list_supplies(
    request: HttpRequest,
    response: HttpResponse,
    bar_id: UUID,
    *,
    before: UUID | None = None,
    product: UUID | None = None,
    supplier: UUID | None = None,
    on: Day | None = None,
) -> dict[str, Any]:
    member = membership(request.user, bar_id, Permission.RECEIVE_SUPPLIES, Permission.SEE_COSTS)
    stream = f"bar.{bar_id}"
    with snapshot([stream]) as at:
        response["Cursor"] = at.cursor(stream)
        supplies, following = newest_first(supplies_of(member, product=product, supplier=supplier, on=on), before)
    return {"supplies": supplies, "next": following}
