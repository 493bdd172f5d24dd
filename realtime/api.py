"""HTTP twins of the WebSocket, and liveness."""

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Field, Query, Router, Schema

from realtime.errors import BadCursor, NotFound, refuses
from realtime.http import Asked, event_stream, poll_response
from realtime.subscriptions import Granted, TooMany, grant, read_subscriptions

router = Router(tags=["realtime"])
FOLLOWING = refuses(NotFound, BadCursor, TooMany)


class Polled(Schema):
    cursor: str = Field(description="Send as `since`, in the order of `streams`.")
    seen: list[str] = Field(description="Send as `seen`: state values that you have are not sent again.")
    messages: list[dict[str, Any]]
    interval: int = Field(description="ms until the next request is welcome")


class PollQuery(Schema):
    streams: str
    topics: str = ""
    since: str = ""
    seen: str = ""
    wait: float = Field(0, ge=0, le=25, allow_inf_nan=False)


def granted(request: HttpRequest, streams: str, topics: str, since: str) -> list[Granted]:
    return grant(request.user, read_subscriptions(streams, topics, since))


@router.get("/sync/poll", response=Polled, summary="What is new since a cursor", openapi_extra=FOLLOWING)
def poll(request: HttpRequest, query: Query[PollQuery]) -> StreamingHttpResponse:
    asked = Asked(tuple(query.seen.split(",")), query.wait)
    return poll_response(granted(request, query.streams, query.topics, query.since), asked)


@router.get("/sync/stream", response={200: None}, summary="Server-sent events since a cursor", openapi_extra=FOLLOWING)
def stream(request: HttpRequest, streams: str, topics: str = "", since: str = "") -> StreamingHttpResponse:
    since = request.headers.get("Last-Event-ID") or since
    return event_stream(granted(request, streams, topics, since))
