"""HTTP twins of the WebSocket, and liveness."""

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router, Schema

from realtime.http import event_stream, poll_response
from realtime.subscriptions import Granted, grant, read_subscriptions

router = Router(tags=["realtime"])

POLL_INTERVAL = 5000  # ms


class Polled(Schema):
    cursor: str
    messages: list[dict[str, Any]]
    interval: int


def granted(request: HttpRequest, streams: str, topics: str, since: str) -> list[Granted]:
    return grant(request.user, read_subscriptions(streams, topics, since))


@router.get("/sync/poll", response=Polled, summary="What is new since a cursor")
def poll(
    request: HttpRequest, streams: str, topics: str = "", since: str = "", wait: float = Query(0, ge=0, le=25)
) -> StreamingHttpResponse:
    return poll_response(granted(request, streams, topics, since), wait, POLL_INTERVAL)


@router.get("/sync/stream", response={200: None}, summary="Server-sent events since a cursor")
def stream(request: HttpRequest, streams: str, topics: str = "", since: str = "") -> StreamingHttpResponse:
    since = request.headers.get("Last-Event-ID") or since
    return event_stream(granted(request, streams, topics, since))
