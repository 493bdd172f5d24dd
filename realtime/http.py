"""The hub over plain HTTP: server-sent events and polling, with the cursors of the WebSocket."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator

from django.http import StreamingHttpResponse

from realtime.cursors import Cursor
from realtime.hub import hub
from realtime.log import message_text
from realtime.subscribers import Message, Subscriber
from realtime.subscriptions import Granted

SSE_BEAT = 15.0  # seconds of silence before a beat shows that the line is alive
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


def poll_response(granted: list[Granted], wait: float, interval: int) -> StreamingHttpResponse:
    """What is new since the cursors, as JSON: `cursor` for the next call, `messages`, `interval` in ms.

    The body is written by the event loop, so that waiting up to `wait` seconds holds no thread.
    """
    return StreamingHttpResponse(polled(granted, wait, interval), content_type="application/json")


async def polled(granted: list[Granted], wait: float, interval: int) -> AsyncIterator[str]:
    subscriber = Subscriber()
    try:
        await follow(subscriber, granted)
        texts = [message.text async for message in first_messages(subscriber, wait, granted)]
        cursor = joint_cursor(subscriber, granted)
        yield f'{{"cursor":"{cursor}","interval":{interval},"messages":[{",".join(texts)}]}}'
    finally:
        hub().leave(subscriber)


async def first_messages(subscriber: Subscriber, wait: float, granted: list[Granted]) -> AsyncIterator[Message]:
    """All that is queued, or the first that comes within `wait` seconds; state is always worth a moment."""
    watches_state = any(hub().is_state(one.stream, topic) for one in granted for topic in one.topics)
    patience = max(wait, 2.0 if watches_state else 0.0)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            if (message := await subscriber.next()) is not None:
                yield message
    for message in subscriber.pending():
        yield message
