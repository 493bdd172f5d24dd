"""Figures of the running servers, for operators."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from realtime.errors import NotAllowed, refuses
from realtime.monitor import added, overview, web_reports
from realtime.operators import check_operator

router = Router(tags=["monitoring"])


class Room(Schema):
    room: str
    connections: int


class SocketStats(Schema):
    totalConnections: int
    totalRooms: int
    rooms: list[Room]


class Crowd(Schema):
    stream: str
    connections: int
    limit: int | None
    is_nearly_full: bool


class Overview(Schema):
    """Counters are since each process began; `lag_ms` is from commit to the hub, of the slowest process.

    `hit_rate` is the part of the answers with figures that needed no computation; null before the first.
    """

    time: float
    connections: int
    by_transport: dict[str, int]
    streams: list[Crowd]
    counters: dict[str, Any]
    hit_rate: float | None
    per_second: dict[str, float]
    lag_ms: dict[str, float]
    processes: list[dict[str, Any]]
    relay: dict[str, Any]
    valkey: bool
    emergency_polling: bool
    alarms: list[str]


@router.get(
    "/monitoring/websocket/stats",
    response=SocketStats,
    summary="Live connections by stream",
    openapi_extra=refuses(NotAllowed),
)
def socket_stats(request: HttpRequest) -> dict[str, Any]:
    """All streams with a live connection, by any transport, the fullest first."""
    check_operator(request.user)
    reports = web_reports()
    rooms = added(one["streams"] for one in reports).most_common()
    return {
        "totalConnections": sum(one["connections"] for one in reports),
        "totalRooms": len(rooms),
        "rooms": [{"room": name, "connections": count} for name, count in rooms],
    }


@router.get(
    "/monitoring/realtime",
    response=Overview,
    url_name="realtime_overview",
    summary="What the servers do now",
    openapi_extra=refuses(NotAllowed),
)
def realtime(request: HttpRequest) -> dict[str, Any]:
    check_operator(request.user)
    return overview()
