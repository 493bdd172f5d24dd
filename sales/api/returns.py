"""Returns by the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from bars.access import membership
from bars.permissions import Permission
from bars.replays import mark_replay
from bars.transactions import KeyReused
from realtime.errors import refuses
from realtime.snapshot import snapshot
from sales.models import Return
from sales.queries.hanging import one_return, page_of_returns
from sales.schemas.returns import DecisionIn, ListedReturn, ReturnIn, ReturnOut, ReturnsPage, ReturnsWanted
from sales.services.hanging import LessIsLeft, SaleNotValidated
from sales.services.returns import (
    DecisionNeeded,
    NoteNeeded,
    NotRestockable,
    OwnReturn,
    ReasonDecides,
    ReturnDecided,
    approve_return,
    ask_return,
    reject_return,
    restock_return,
)

router = Router(tags=["returns"])


@router.post(
    "/bars/{uuid:bar_id}/returns",
    response={201: ReturnOut},
    summary="Take something back, once per key",
    openapi_extra=refuses(NoteNeeded, DecisionNeeded, ReasonDecides, SaleNotValidated, LessIsLeft, KeyReused),
)
def create_return(request: HttpRequest, response: HttpResponse, bar_id: UUID, asked: ReturnIn) -> Status[Return]:
    """Approved at once by who may take back; a waiter's waits for approval, and is of an own sale."""
    member = membership(request.user, bar_id, Permission.ASK_RETURN)
    answer = ask_return(member, asked.asked())
    mark_replay(response, answer.is_replay)
    return Status(201, answer.returned)


@router.get("/bars/{uuid:bar_id}/returns", response=ReturnsPage, summary="Returns you may see, newest first, 50 a page")
def list_returns(
    request: HttpRequest,
    response: HttpResponse,
    bar_id: UUID,
    wanted: Query[ReturnsWanted],
) -> dict[str, Any]:
    member = membership(request.user, bar_id, Permission.ASK_RETURN)
    stream = f"bar.{bar_id}"
    with snapshot([stream]) as at:
        if member.can(Permission.TAKE_BACK):  # others aren't told
            response["Cursor"] = at.cursor(stream)
        returns, following = page_of_returns(member, **wanted.dict())
    return {"returns": returns, "next": following}


@router.get("/bars/{uuid:bar_id}/returns/{uuid:return_id}", response=ListedReturn, summary="A return")
def show_return(request: HttpRequest, bar_id: UUID, return_id: UUID) -> Return:
    return one_return(membership(request.user, bar_id, Permission.ASK_RETURN), return_id)


@router.post(
    "/bars/{uuid:bar_id}/returns/{uuid:return_id}/approve",
    response=ReturnOut,
    summary="Grant a return",
    openapi_extra=refuses(OwnReturn, DecisionNeeded, ReasonDecides, ReturnDecided),
)
def approve(request: HttpRequest, bar_id: UUID, return_id: UUID, decision: DecisionIn) -> Return:
    """Not one's own request. The reason `other` needs `refunds` and `restocks`."""
    member = membership(request.user, bar_id, Permission.TAKE_BACK)
    return approve_return(member, return_id, decision.consequence())


@router.post(
    "/bars/{uuid:bar_id}/returns/{uuid:return_id}/reject",
    response=ReturnOut,
    summary="Refuse a return",
    openapi_extra=refuses(ReturnDecided),
)
def reject(request: HttpRequest, bar_id: UUID, return_id: UUID) -> Return:
    return reject_return(membership(request.user, bar_id, Permission.TAKE_BACK), return_id)


@router.post(
    "/bars/{uuid:bar_id}/returns/{uuid:return_id}/restock",
    response=ReturnOut,
    summary="Put a return on the shelf",
    openapi_extra=refuses(NotRestockable),
)
def restock(request: HttpRequest, bar_id: UUID, return_id: UUID) -> Return:
    return restock_return(membership(request.user, bar_id, Permission.TAKE_BACK), return_id)
