"""What a process says to who asks whether to send it requests: two letters, and nothing of what it runs.

`/healthz` is answered while the event loop lives; a process that doesn't is to be ended. `/readyz` is answered with 200
while the database answers as well and nobody has asked the process to stop, otherwise with 503; a process that isn't
ready is to be left alone until it is. Without Valkey it is ready: sales go on.
"""

import asyncio
from typing import Any

from django.db import DatabaseError, InterfaceError, connection

from realtime.hub import running_hubs
from realtime.threads import in_thread

PATIENCE = 2.0  # seconds that the database may take
PROBES = ("/healthz", "/readyz")


async def answer_probe(path: str, send: Any) -> None:
    """Answer at one of PROBES. Needs none of the threads that requests are answered in."""
    status, body = (200, b"ok") if path == "/healthz" or await is_ready() else (503, b"no")
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"2"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def is_ready() -> bool:
    if any(hub.is_draining for _, hub in running_hubs()):
        return False
    try:
        async with asyncio.timeout(PATIENCE):
            await in_thread(ask_database)()
    except (DatabaseError, InterfaceError, TimeoutError):
        return False
    return True


def ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
