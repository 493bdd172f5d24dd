"""HTTP twins of the WebSocket: what it pushes, by server-sent events and by polling."""

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Field, Query, Router, Schema

from realtime.errors import BadCursor, NotFound, Problem, SignInRequired, refuses
from realtime.http import Asked, event_stream, poll_response
from realtime.streams import registry
from realtime.subscriptions import Granted, TooMany, grant, read_subscriptions

router = Router(tags=["realtime"])
FOLLOWING = refuses(NotFound, BadCursor, TooMany)
OWN = "Commas between; your own stream where it is missing."


class NotAcceptable(Problem):
    status, code, title = 406, "not_acceptable", _("This address answers with text/event-stream.")


class Polled(Schema):
    cursor: str = Field(description="Send as `since`, in the order of `streams`.")
    seen: list[str] = Field(description="Send as `seen`: state values that you have are not sent again.")
    messages: list[dict[str, Any]]
    interval: int = Field(description="ms until the next request is welcome")


class Following(Schema):
    streams: str = Field("", description=OWN)
    topics: str = ""
    since: str = ""


class PollQuery(Following):
    seen: str = ""
    wait: float = Field(0, ge=0, le=25, allow_inf_nan=False)


def granted(request: HttpRequest, asked: Following, since: str) -> list[Granted]:
    """Raises SignInRequired where somebody who hasn't signed in asks for what isn't public."""
    user = request.user
    if not (asked.streams or user.is_authenticated):
        raise SignInRequired()
    try:
        return grant(user, read_subscriptions(asked.streams or f"user.{user.pk}", asked.topics, since))
    except NotFound:
        if user.is_authenticated:
            raise
        raise SignInRequired() from None


@router.get("/sync/poll", response=Polled, summary="What is new since a cursor", openapi_extra=FOLLOWING)
def poll(request: HttpRequest, query: Query[PollQuery]) -> StreamingHttpResponse:
    """Public streams without signing in, too."""
    streams = granted(request, query, query.since)
    pace = registry.pace([one.stream for one in streams])
    return poll_response(request.identity, streams, Asked(tuple(query.seen.split(",")), query.wait, pace))  # type: ignore[attr-defined]


@router.get(
    "/sync/stream",
    response={200: None},
    summary="Server-sent events since a cursor",
    openapi_extra=refuses(NotFound, BadCursor, TooMany, NotAcceptable),
)
def stream(request: HttpRequest, query: Query[Following]) -> StreamingHttpResponse:
    """Public streams without signing in, too."""
    if not request.accepts("text/event-stream"):
        raise NotAcceptable()
    streams = granted(request, query, request.headers.get("Last-Event-ID") or query.since)
    return event_stream(request.identity, streams)  # type: ignore[attr-defined]
