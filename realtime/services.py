"""What any app may tell, and to whom: an event is part of the caller's transaction, or it never was."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.transaction import TransactionManagementError

from realtime.limits import connections_of
from realtime.streams import Event

EVERYONE = "everyone"  # the stream of all who are signed in
STAGE = """
SELECT realtime_stage(stream, %s, %s, %s::jsonb) FROM unnest(%s::text[]) WITH ORDINALITY AS told (stream, place)
ORDER BY place
"""


def send_to_user(user_id: UUID, event: Event) -> None:
    """Tell one person, on all devices, now or when they come back.

    Call inside a transaction: raises TransactionManagementError outside one. The event's topic must
    be open to people themselves (bars.streams.open_own_topic).
    """
    send_to_users([user_id], event)


def send_to_users(user_ids: Iterable[UUID], event: Event) -> None:
    """Like `send_to_user`, to each of them once, with one statement."""
    stage([f"user.{user_id}" for user_id in dict.fromkeys(user_ids)], event)


def broadcast(event: Event) -> None:
    """Tell everybody who is signed in, with one event for all. Call inside a transaction."""
    stage([EVERYONE], event)


def stage(streams: list[str], event: Event) -> None:
    """Make an event part of this transaction on each of the streams. Raises TransactionManagementError outside one."""
    if not connection.in_atomic_block:
        raise TransactionManagementError(f"{event.type} is told inside a transaction, with the fact that it tells")
    with connection.cursor() as cursor:
        cursor.execute(STAGE, [event.topic, event.type, event.model_dump_json(), streams])


def is_user_connected(user_id: UUID) -> bool:
    """Whether this person has a live connection to any process. False while Valkey can't say."""
    return bool(connected_clients(user_id))


def connected_clients(user_id: UUID) -> list[dict[str, Any]]:
    """This person's live connections over all processes: what each lease tells."""
    return connections_of(user_id)
