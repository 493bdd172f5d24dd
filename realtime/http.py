"""The hub over plain HTTP: server-sent events and polling, with the cursors of the WebSocket."""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator
from typing import NamedTuple

from django.db import DatabaseError
from django.http import StreamingHttpResponse

from realtime.cursors import Cursor
from realtime.hub import hub
from realtime.log import message_text
from realtime.subscribers import Message, Subscriber
from realtime.subscriptions import Granted

log = logging.getLogger(__name__)

SSE_BEAT = 15.0  # seconds of silence before a beat shows that the line is alive
STATE_PATIENCE = 2.0  # seconds that a poll waits for figures that are being computed
POLL_INTERVAL = 5000  # ms between requests of a client that doesn't wait
POLL_AGAIN = 500  # ms, of one that does
RETRY = 2000  # ms that EventSource waits before it comes back


async def follow(subscriber: Subscriber, granted: list[Granted]) -> None:
    """Subscribe to all; a stream that can't be resumed says so in a `reset` message."""
    for stream, topics, since in granted:

        def announce(head: Cursor, result: str, stream: str = stream) -> Message | None:
            if result != "reset":
                return None
            text = message_text("reset", stream=stream, epoch=head.epoch, seq=head.seq, reason="cursor")
            return Message("reset", text, stream, head)

        await hub().subscribe(subscriber, stream, topics, since=since, announce=announce)


def joint_cursor(subscriber: Subscriber, granted: list[Granted]) -> str:
    """Where the reader stands on each stream, in the order it named them."""
    return ",".join(str(hub().position(subscriber, one.stream) or "") for one in granted)


def event_stream(granted: list[Granted], only_data: bool = False) -> StreamingHttpResponse:
    """Server-sent events until the client leaves. `only_data` sends bare state values as unnamed events."""
    response = StreamingHttpResponse(sse_lines(granted, only_data), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache, no-transform"
    response["X-Accel-Buffering"] = "no"  # nginx would hold events back
    return response


async def sse_lines(granted: list[Granted], only_data: bool) -> AsyncIterator[str]:
    subscriber = Subscriber()
    try:
        await follow(subscriber, granted)
        yield f"retry: {RETRY}\nid: {joint_cursor(subscriber, granted)}\n\n"
        while not subscriber.close_code:
            message = await next_or_beat(subscriber)
            if message is None:
                return
            if only_data:
                yield (
                    f"data: {json.dumps(json.loads(message.text)['data'])}\n\n" if message.type == "state" else ":\n\n"
                )
            else:
                yield f"event: {message.type}\nid: {joint_cursor(subscriber, granted)}\ndata: {message.text}\n\n"
    finally:
        hub().leave(subscriber)


async def next_or_beat(subscriber: Subscriber) -> Message | None:
    try:
        async with asyncio.timeout(SSE_BEAT):
            return await subscriber.next()
    except TimeoutError:
        return Message("beat", message_text("beat", time=time.time(), heads={}))


class Asked(NamedTuple):
    """How a client polls: tags of the state values it has, and the seconds it will wait for news."""

    seen: tuple[str, ...]
    wait: float

    @property
    def interval(self) -> int:
        """ms until the next request is welcome: who waits for news may come back for more at once."""
        return POLL_AGAIN if self.wait else POLL_INTERVAL


def poll_response(granted: list[Granted], asked: Asked) -> StreamingHttpResponse:
    """What is new since the cursors, as JSON: `cursor` and `seen` for the next call, `messages`, `interval` in ms.

    The body is written by the event loop, so that waiting holds no thread.
    """
    return StreamingHttpResponse(polled(granted, asked), content_type="application/json")


async def polled(granted: list[Granted], asked: Asked) -> AsyncIterator[str]:
    """The body. When the log can't be read just now it says that nothing is new since the same cursors."""
    subscriber = Subscriber(asked.seen)
    try:
        await follow(subscriber, granted)
        messages = await first_messages(subscriber, asked.wait)
        body = {
            "cursor": joint_cursor(subscriber, granted),
            "seen": hub().tags(subscriber),
            "messages": [json.loads(message.text) for message in messages],
            "interval": asked.interval,
        }
        yield json.dumps(body)
    except DatabaseError:
        log.exception("a poll could not be answered")
        cursor = ",".join(str(one.since or "") for one in granted)
        yield json.dumps({"cursor": cursor, "seen": asked.seen, "messages": [], "interval": POLL_INTERVAL})
    finally:
        hub().leave(subscriber)


async def first_messages(subscriber: Subscriber, wait: float) -> list[Message]:
    """All that is queued once figures under way are there, or else the first that comes within `wait` seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STATE_PATIENCE):
            await hub().settle(subscriber)
    messages = subscriber.pending()
    if not messages and wait:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                first = await subscriber.next()
                messages = [first] if first else []
    return messages + subscriber.pending()
