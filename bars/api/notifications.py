"""The bell by the API: what you should look at, over all your bars."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from bars.schemas.chat import Unread
from bars.schemas.notifications import NotificationsPage
from bars.streams import streams_of
from realtime import notifications
from realtime.snapshot import snapshot

router = Router(tags=["notifications"])


@router.get("/notifications", response=NotificationsPage, summary="What you should look at, newest first, 50 a page")
def list_notifications(request: HttpRequest, unread: bool = False, before: UUID | None = None) -> dict[str, Any]:
    """Over all streams that are yours. There is no `Cursor` for several streams: `cursors` has one of each."""
    admitted = streams_of(request.user)  # type: ignore[arg-type]
    rows = (notifications.unread if unread else notifications.of_reader)(request.user.pk, admitted)  # type: ignore[arg-type]
    with snapshot(admitted) as at:
        found, following = notifications.page(rows, before=before)
        cursors = {stream: at.cursor(stream) for stream in admitted}
    return {"notifications": found, "next": following, "cursors": cursors}


@router.get("/notifications/unread", response=Unread, summary="The number on the bell")
def count_notifications(request: HttpRequest) -> dict[str, int]:
    return left(request)


@router.post("/notifications/read", response=Unread, summary="Mark all as read")
def read_notifications(request: HttpRequest) -> dict[str, int]:
    notifications.read_all(request.user.pk, streams_of(request.user))  # type: ignore[arg-type]
    return left(request)


@router.post("/notifications/{uuid:notification_id}/read", response=Unread, summary="Mark one as read")
def read_notification(request: HttpRequest, notification_id: UUID) -> dict[str, int]:
    notifications.read_one(request.user.pk, streams_of(request.user), notification_id)  # type: ignore[arg-type]
    return left(request)


@router.delete("/notifications/{uuid:notification_id}", response=Unread, summary="Put one away, for yourself")
def delete_notification(request: HttpRequest, notification_id: UUID) -> dict[str, int]:
    notifications.put_away(request.user.pk, streams_of(request.user), notification_id)  # type: ignore[arg-type]
    return left(request)


def left(request: HttpRequest) -> dict[str, int]:
    """How many are unread now."""
    return {"unread": notifications.unread(request.user.pk, streams_of(request.user)).count()}  # type: ignore[arg-type]
