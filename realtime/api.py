"""HTTP twins of the WebSocket, and liveness."""

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router, Schema

from realtime import http
from realtime.subscriptions import Granted, grant, read_subscriptions

router = Router(tags=["realtime"])

POLL_INTERVAL = 5000  # ms


class Polled(Schema):
    cursor: str
    messages: list[dict[str, Any]]
    interval: int


async def granted(request: HttpRequest, streams: str, topics: str, since: str) -> list[Granted]:
    return await grant(request.auth, read_subscriptions(streams, topics, since))  # type: ignore[attr-defined]


@router.get("/sync/poll", response=Polled, summary="What is new since a cursor")
async def poll(
    request: HttpRequest, streams: str, topics: str = "", since: str = "", wait: float = Query(0, ge=0, le=25)
) -> dict[str, Any]:
    return await http.poll(await granted(request, streams, topics, since), wait, POLL_INTERVAL)


@router.get("/sync/stream", response={200: None}, summary="Server-sent events since a cursor")
async def stream(request: HttpRequest, streams: str, topics: str = "", since: str = "") -> StreamingHttpResponse:
    since = request.headers.get("Last-Event-ID") or since
    return await http.event_stream(await granted(request, streams, topics, since))
