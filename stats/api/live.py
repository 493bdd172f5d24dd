"""Figures by the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Router, Schema

from bars.access import membership
from bars.permissions import Permission
from realtime.caching import cached
from realtime.errors import NotAllowed, refuses
from realtime.http import event_stream
from realtime.operators import check_operator
from realtime.snapshot import snapshot
from realtime.subscriptions import Granted
from stats import queries

router = Router(tags=["figures"])
KEPT = 15.0  # seconds that a name or the day may be an old one; all else is as of the bar's last event


class Amount(Schema):
    currency: str
    amount: int


class PlatformFigures(Schema):
    total_users: int
    active_consignments: int
    today_sales: int
    today_revenue: list[Amount]


@router.get("/bars/{uuid:bar_id}/tonight", response=dict[str, Any], summary="The running business date of a bar")
def tonight(request: HttpRequest, response: HttpResponse, bar_id: UUID) -> dict[str, Any]:
    member = membership(request.user, bar_id, Permission.ANALYTICS)
    stream = f"bar.{bar_id}"
    with snapshot([stream]) as at:
        response["Cursor"] = at.cursor(stream)
        return cached(stream, "tonight", {}, lambda: queries.tonight(member.bar), KEPT)


@router.get(
    "/admin/stats",
    response=PlatformFigures,
    summary="Platform figures, for operators",
    openapi_extra=refuses(NotAllowed),
)
def platform(request: HttpRequest) -> dict[str, Any]:
    check_operator(request.user)
    return queries.platform()


@router.get(
    "/admin/stats/stream",
    response={200: None},
    summary="Platform figures as they change (server-sent events)",
    openapi_extra=refuses(NotAllowed),
)
def platform_stream(request: HttpRequest) -> StreamingHttpResponse:
    check_operator(request.user)
    figures = Granted("platform", frozenset({"figures"}), None, ("figures",))
    return event_stream(request.identity, [figures], only_data=True)  # type: ignore[attr-defined]
