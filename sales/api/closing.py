"""The close of a day by the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from bars.access import membership
from bars.days import Day
from bars.pages import newest_first
from bars.permissions import Permission
from bars.replays import mark_replay
from realtime.errors import refuses
from realtime.snapshot import snapshot
from sales.models import DayClose
from sales.queries import closings
from sales.schemas.closing import CloseOut, ClosesPage, CountIn, OneClose, Preview, ReopenIn
from sales.services import closing
from sales.services.closing import AlreadyClosed, DayToCome, LaterDayClosed, PendingSales

router = Router(tags=["closes"])


@router.get("/bars/{uuid:bar_id}/closes/preview", response=Preview, summary="What a close of this date would say now")
def preview_close(request: HttpRequest, bar_id: UUID, on: Day) -> dict[str, Any]:
    member = membership(request.user, bar_id, Permission.CLOSE_DAY)
    return closings.preview(member.bar, on)


@router.post(
    "/bars/{uuid:bar_id}/closes",
    response={201: CloseOut},
    summary="Close a business date (Z)",
    openapi_extra=refuses(DayToCome, PendingSales, AlreadyClosed, LaterDayClosed),
)
def create_close(request: HttpRequest, response: HttpResponse, bar_id: UUID, count: CountIn) -> Status[DayClose]:
    """Asking again with the same count answers with the same close and `Idempotent-Replayed: true`."""
    member = membership(request.user, bar_id, Permission.CLOSE_DAY)
    answer = closing.close(member, count.count())
    mark_replay(response, answer.is_replay)
    return Status(201, answer.close)


@router.get("/bars/{uuid:bar_id}/closes", response=ClosesPage, summary="Closes, newest first, 50 a page")
def list_closes(
    request: HttpRequest, response: HttpResponse, bar_id: UUID, before: UUID | None = None, on: Day | None = None
) -> dict[str, Any]:
    membership(request.user, bar_id, Permission.CLOSE_DAY)
    stream = f"bar.{bar_id}"
    with snapshot([stream]) as at:
        response["Cursor"] = at.cursor(stream)
        rows = closings.closes_of(bar_id)
        page, following = newest_first(rows.filter(business_date=on) if on else rows, before)
    return {"closes": page, "next": following}


@router.get("/bars/{uuid:bar_id}/closes/{uuid:close_id}", response=OneClose, summary="A close with what came after it")
def show_close(request: HttpRequest, bar_id: UUID, close_id: UUID) -> DayClose:
    membership(request.user, bar_id, Permission.CLOSE_DAY)
    with snapshot([]):
        return closings.one_close(bar_id, close_id)


@router.post(
    "/bars/{uuid:bar_id}/closes/{uuid:close_id}/reopen",
    response=CloseOut,
    summary="Open the last closed date again, with a reason; again changes nothing",
    openapi_extra=refuses(LaterDayClosed),
)
def reopen_close(request: HttpRequest, bar_id: UUID, close_id: UUID, why: ReopenIn) -> DayClose:
    member = membership(request.user, bar_id, Permission.REOPEN_CLOSE)
    return closing.reopen(member, close_id, reason=why.reason)
