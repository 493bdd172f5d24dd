"""Adjustments by the API."""

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
from stock.models import Adjustment
from stock.queries.supplies import adjustments_of
from stock.schemas.adjusting import AdjustmentIn, AdjustmentOut, AdjustmentsPage
from stock.services.adjusting import NoteMissing, Reserved, adjust
from stock.services.shelf import OutOfStock, UnknownProduct

router = Router(tags=["adjustments"])


@router.post(
    "/bars/{uuid:bar_id}/adjustments",
    response={201: AdjustmentOut},
    summary="Put stock right, once per key",
    openapi_extra=refuses(UnknownProduct, NoteMissing, Reserved, OutOfStock, KeyReused),
)
def create_adjustment(
    request: HttpRequest, response: HttpResponse, bar_id: UUID, adjustment: AdjustmentIn
) -> Status[Adjustment]:
    """Asking again with the same key and body answers with the same adjustment and `Idempotent-Replayed: true`."""
    member = membership(request.user, bar_id, Permission.ADJUST_STOCK, Permission.SEE_COSTS)
    adjusted = adjust(member, adjustment.correction(), at=clock.now())
    if adjusted.is_replay:
        response["Idempotent-Replayed"] = "true"
    return Status(201, adjusted.adjustment)


@router.get("/bars/{uuid:bar_id}/adjustments", response=AdjustmentsPage, summary="Adjustments, newest first, 50 a page")
def list_adjustments(
    request: HttpRequest,
    bar_id: UUID,
    before: UUID | None = None,
    product: UUID | None = None,
    reason: Adjustment.Reason | None = None,
) -> dict[str, Any]:
    member = membership(request.user, bar_id, Permission.SEE_COSTS)
    adjustments, following = newest_first(adjustments_of(member, product=product, reason=reason), before)
    return {"adjustments": adjustments, "next": following}
