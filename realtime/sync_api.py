"""HTTP twins of what a client says on the WebSocket, for whoever can't keep one open."""

import json
from collections.abc import AsyncIterator
from typing import Any, Literal

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Field, Query, Router, Schema, Status

from realtime import clock
from realtime.cursors import Cursor
from realtime.errors import BadCursor, NotAllowed, NotFound, refuses
from realtime.events import SystemAlerted
from realtime.hub import hub
from realtime.inbound import MOST_INBOUND
from realtime.limits import MOST_OF_A_PERSON
from realtime.models import StreamHead
from realtime.monitor import is_emergency, lag
from realtime.operators import check_operator
from realtime.relay_status import relay_status
from realtime.sending import UnknownAction, read
from realtime.services import broadcast, connected_clients
from realtime.standing import Verdict, standings
from realtime.streams import INVALIDATE, Signal, registry
from realtime.subscriptions import MOST_STREAMS, TooMany

router = Router(tags=["realtime"])
WHOSE = "Your own where it is missing; another for operators only."


class Sent(Schema):
    """`type` is one of those that the application lets clients send; `data` is what it asks for."""

    type: str = Field(max_length=60)
    data: dict[str, Any] = {}


class Answer(Schema):
    type: str
    data: dict[str, Any]


@router.post(
    "/sync/send",
    response={200: Answer, 202: None},
    summary="What the WebSocket's `send` does",
    openapi_extra=refuses(UnknownAction, NotFound, NotAllowed),
)
def send(request: HttpRequest, sent: Sent) -> Any:
    """200 with the answer; 202 for what nothing keeps (somebody is typing), which is told to who listens now."""
    declared = registry.sends.get(sent.type)
    if declared is None:
        raise UnknownAction(_("%(name)s can't be sent.") % {"name": repr(sent.type)}, allowed=sorted(registry.sends))
    body = read(declared.body, sent.data)
    if isinstance(declared, Signal):
        return StreamingHttpResponse(told(declared, *declared.route(request.user, body)), status=202)
    return Answer(type=sent.type, data=dict(declared.perform(request.user, body) or {}))


async def told(signal: Signal, stream: str, topic: str, data: Any) -> AsyncIterator[str]:
    """No body: it is the event loop that writes it, and the hub lives there."""
    await hub().signal(stream, topic, signal.name, data)
    yield ""


class Invalidated(Schema):
    stream: str
    topics: list[str]


@router.post(
    "/sync/force", response=Invalidated, summary="Have lists read again", openapi_extra=refuses(NotFound, NotAllowed)
)
def force(request: HttpRequest, stream: str = Query("", max_length=99, description=WHOSE)) -> Invalidated:
    """Everybody who follows the stream is told `invalidate`: read your lists again.

    An event like any other: it comes in its place between the others, by every transport, and to who is away when
    they come back. Nothing is disconnected, and no event is lost or repeated by it.
    """
    own = f"user.{request.user.pk}"
    stream = stream or own
    if stream != own:
        check_operator(request.user)
        if not StreamHead.objects.filter(stream=stream).exists():
            raise NotFound(_("There is no such stream, or nothing has ever happened there."))
    topics = sorted({event.topic for event in registry.events.values()})
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT realtime_stage(%s, '', %s, %s)", [stream, INVALIDATE, json.dumps({"topics": topics})])
    return Invalidated(stream=stream, topics=topics)


class Heads(Schema):
    heads: dict[str, str] = Field(description="What you have: {stream: cursor}.")


class Found(Schema):
    state: Verdict
    cursor: str | None = Field(description="Where the stream stands; null where it isn't yours.")


@router.post(
    "/sync/validate",
    response=dict[str, Found],
    summary="Your cursors beside the server's",
    openapi_extra=refuses(BadCursor, TooMany),
)
def validate(request: HttpRequest, mine: Heads) -> dict[str, Found]:
    """`current`; `behind`: follow since yours; `ahead`, `reset`: read a fresh list; `unknown`: no stream of yours."""
    if len(mine.heads) > MOST_STREAMS:
        raise TooMany()
    cursors = {stream: Cursor.parse(text) for stream, text in mine.heads.items()}
    yours = {stream: at for stream, at in cursors.items() if registry.admitted(request.user, stream, None) is not None}
    found = {stream: Found(state=one.verdict, cursor=str(one.head)) for stream, one in standings(yours).items()}
    return dict.fromkeys(mine.heads, Found(state=Verdict.UNKNOWN, cursor=None)) | found


class SyncStatus(Schema):
    """`interval` is in ms, `lag_ms` from commit to the slowest hub."""

    time: float
    mode: Literal["live", "poll"]
    interval: int
    emergency_polling: bool
    connections: list[dict[str, Any]] = Field(description="Your own, over all processes.")
    limits: dict[str, int]
    relay_alive: bool
    behind: int = Field(description="Events that are committed and not yet published, on the stream that has most.")
    lag_ms: dict[str, float]


@router.get("/sync/status", response=SyncStatus, summary="How live things are")
def status(request: HttpRequest) -> SyncStatus:
    emergency, relay = is_emergency(), relay_status()
    return SyncStatus(
        time=clock.now().timestamp(),
        mode="poll" if emergency else "live",
        interval=round(1000 * registry.pace([])),
        emergency_polling=emergency,
        connections=connected_clients(request.user.pk),  # type: ignore[arg-type]
        limits={
            "connections": MOST_OF_A_PERSON,
            "streams": MOST_STREAMS,
            "message": MOST_INBOUND,
            "requests": settings.RATE_LIMIT,
        },
        relay_alive=any(one["role"] == "leader" for one in relay["relays"] or ()),
        behind=relay["behind"],
        lag_ms=lag(),
    )


class Alert(Schema):
    text: str = Field(min_length=1, max_length=500)
    level: Literal["info", "warning", "critical"] = "info"


@router.post(
    "/sync/broadcast",
    response={202: None},
    summary="Tell everybody, for operators",
    openapi_extra=refuses(NotAllowed),
)
def alert(request: HttpRequest, said: Alert) -> Status[None]:
    """A `system.alerted` on the stream `everyone`."""
    check_operator(request.user)
    with transaction.atomic():
        broadcast(SystemAlerted(level=said.level, text=said.text))
    return Status(202, None)
