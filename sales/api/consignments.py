"""Consignments by the API."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from bars.access import membership
from bars.permissions import Permission
from bars.replays import mark_replay
from bars.transactions import KeyReused
from realtime import clock
from realtime.errors import refuses
from realtime.snapshot import snapshot
from sales.models import Consignment
from sales.queries.hanging import expiring_consignments, one_consignment, page_of_consignments
from sales.schemas.consignments import (
    ClaimedOut,
    ClaimIn,
    ConsignmentIn,
    ConsignmentOut,
    ConsignmentShown,
    ConsignmentsPage,
    ConsignmentsWanted,
    Expiring,
)
from sales.services.consignments import (
    BadExpiry,
    Claimed,
    ConsignmentEnded,
    LessIsKept,
    NotPaid,
    claim,
    consign,
    forfeit,
)
from sales.services.hanging import LessIsLeft, SaleNotValidated

router = Router(tags=["consignments"])


@router.post(
    "/bars/{uuid:bar_id}/consignments",
    response={201: ConsignmentOut},
    summary="Keep bottles for a client, once per key",
    openapi_extra=refuses(SaleNotValidated, NotPaid, BadExpiry, LessIsLeft, KeyReused),
)
def create_consignment(
    request: HttpRequest, response: HttpResponse, bar_id: UUID, kept: ConsignmentIn
) -> Status[Consignment]:
    """The bottles are back in stock and reserved, so that nobody else is sold them."""
    member = membership(request.user, bar_id, Permission.CONSIGN)
    answer = consign(member, kept.deposit(), at=clock.now())
    mark_replay(response, answer.is_replay)
    return Status(201, answer.consignment)


@router.get(
    "/bars/{uuid:bar_id}/consignments", response=ConsignmentsPage, summary="Consignments, newest first, 50 a page"
)
def list_consignments(
    request: HttpRequest,
    response: HttpResponse,
    bar_id: UUID,
    wanted: Query[ConsignmentsWanted],
) -> dict[str, Any]:
    member = membership(request.user, bar_id, Permission.CONSIGN)
    stream = f"bar.{bar_id}"
    with snapshot([stream]) as at:
        response["Cursor"] = at.cursor(stream)
        kept, following = page_of_consignments(member, **wanted.dict())
    return {"consignments": kept, "next": following}


@router.get("/bars/{uuid:bar_id}/consignments/expiring", response=Expiring, summary="What ends soon, soonest first")
def list_expiring(request: HttpRequest, bar_id: UUID, days: int = Query(2, ge=0, le=90)) -> dict[str, Any]:
    """The first fifty that end within so many days: whom to call."""
    member = membership(request.user, bar_id, Permission.CONSIGN)
    return {"consignments": expiring_consignments(member, until=clock.now() + timedelta(days=days))}


@router.get(
    "/bars/{uuid:bar_id}/consignments/{uuid:consignment_id}", response=ConsignmentShown, summary="A consignment"
)
def show_consignment(request: HttpRequest, bar_id: UUID, consignment_id: UUID) -> Consignment:
    return one_consignment(membership(request.user, bar_id, Permission.CONSIGN), consignment_id)


@router.post(
    "/bars/{uuid:bar_id}/consignments/{uuid:consignment_id}/claims",
    response={201: ClaimedOut},
    summary="Hand bottles over to their client, once per key",
    openapi_extra=refuses(LessIsKept, KeyReused),
)
def create_claim(
    request: HttpRequest, response: HttpResponse, bar_id: UUID, consignment_id: UUID, claimed: ClaimIn
) -> Status[Claimed]:
    member = membership(request.user, bar_id, Permission.CONSIGN)
    answer = claim(member, consignment_id, key=claimed.key, quantity=claimed.quantity, at=clock.now())
    mark_replay(response, answer.is_replay)
    return Status(201, answer)


@router.post(
    "/bars/{uuid:bar_id}/consignments/{uuid:consignment_id}/forfeit",
    response=ConsignmentOut,
    summary="Give up waiting for the client",
    openapi_extra=refuses(ConsignmentEnded),
)
def end_consignment(request: HttpRequest, bar_id: UUID, consignment_id: UUID) -> Consignment:
    member = membership(request.user, bar_id, Permission.CONSIGN)
    return forfeit(member, consignment_id, at=clock.now())
