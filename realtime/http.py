"""The hub over plain HTTP: server-sent events and polling, with the cursors of the WebSocket."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, NamedTuple

from django.db import DatabaseError
from django.http import StreamingHttpResponse

from realtime import clock
from realtime.connections import COME_BACK, Connection
from realtime.cursors import Cursor
from realtime.hub import hub
from realtime.identity import Identity
from realtime.log import message_text
from realtime.streams import POLL_EVERY, registry
from realtime.subscribers import Message
from realtime.subscriptions import Granted
from realtime.wire import LAST_WORDS

log = logging.getLogger(__name__)

SSE_BEAT = 15.0  # seconds of silence before a beat shows that the line is alive
STATE_PATIENCE = 2.0  # seconds that a poll waits for figures that are being computed
POLL_AGAIN = 500  # ms between requests of a client that waits for news
RETRY = 2000  # ms that EventSource waits before it comes back


async def follow(connection: Connection, granted: list[Granted]) -> None:
    """Subscribe to all; a stream that can't be resumed says so in a `reset` message."""
    for one in granted:

        def announce(head: Cursor, result: str, stream: str = one.stream) -> Message | None:
            if result != "reset":
                return None
            text = message_text("reset", stream=stream, epoch=head.epoch, seq=head.seq, reason="cursor")
            return Message("reset", text, stream, head)

        connection.asked[one.stream] = one.asked
        await hub().subscribe(connection, one.stream, one.topics, since=one.since, announce=announce)


def joint_cursor(connection: Connection, granted: list[Granted]) -> str:
    """Where the reader stands on each stream, in the order it named them."""
    return ",".join(str(hub().position(connection, one.stream) or "") for one in granted)


def event_stream(identity: Identity, granted: list[Granted], only_data: bool = False) -> StreamingHttpResponse:
    """Server-sent events until the client leaves. `only_data` sends bare state values as unnamed events.

    Call where queries may be made: it asks how busy the streams are, for who is sent to polling.
    """
    interval = round(1000 * registry.pace([one.stream for one in granted]))
    lines = sse_lines(Connection(identity, "sse"), granted, interval, only_data)
    response = StreamingHttpResponse(lines, content_type="text/event-stream")
    response["Cache-Control"] = "no-cache, no-transform"
    response["X-Accel-Buffering"] = "no"  # nginx would hold events back
    return response


async def sse_lines(
    connection: Connection, granted: list[Granted], interval: int, only_data: bool
) -> AsyncIterator[str]:
    def event(message: Message) -> str:
        if only_data:
            return f"data: {json.dumps(json.loads(message.text)['data'])}\n\n" if message.type == "state" else ":\n\n"
        return f"event: {message.type}\nid: {joint_cursor(connection, granted)}\ndata: {message.text}\n\n"

    stream = asyncio.current_task()
    assert stream
    # Who doesn't read would keep the stream, and its place, for good.
    connection.on_close = partial(asyncio.get_running_loop().call_later, LAST_WORDS, stream.cancel)
    try:
        await hub().open(connection)
        if hub().is_draining:
            connection.close(COME_BACK)
        elif full := await hub().admit(connection, [one.stream for one in granted]):
            text = message_text("welcome", mode="poll", interval=interval, full=full.scope, most=full.most, subs=[])
            yield f"retry: {interval}\n" + event(Message("welcome", text))
            return
        await follow(connection, granted)
        hub().guards.look_at([connection])  # what has changed since the request was authorised
        yield f"retry: {RETRY}\nid: {joint_cursor(connection, granted)}\n\n"
        while not stream.cancelling() and (message := await next_or_beat(connection)):  # a cancellation may get lost
            yield event(message)
        if connection.farewell:
            yield event(connection.farewell)
        yield event(Message("close", message_text("close", code=connection.close_code)))
    finally:
        await hub().leave(connection)


async def next_or_beat(connection: Connection) -> Message | None:
    try:
        async with asyncio.timeout(SSE_BEAT):
            return await connection.next()
    except TimeoutError:
        return Message("beat", message_text("beat", time=clock.now().timestamp(), heads={}, sent={}))


class Asked(NamedTuple):
    """How a client polls: tags of the state values it has, the seconds it will wait for news, and by what pace."""

    seen: tuple[str, ...]
    wait: float
    pace: float

    @property
    def interval(self) -> int:
        """ms until the next request is welcome: who waits for news in a quiet bar may come back at once."""
        return POLL_AGAIN if self.wait and self.pace <= POLL_EVERY else round(1000 * self.pace)


def poll_response(identity: Identity, granted: list[Granted], asked: Asked) -> StreamingHttpResponse:
    """What is new since the cursors, as JSON: `cursor` and `seen` for the next call, `messages`, `interval` in ms.

    The body is written by the event loop, so that waiting holds no thread.
    """
    return StreamingHttpResponse(polled(identity, granted, asked), content_type="application/json")


async def polled(identity: Identity, granted: list[Granted], asked: Asked) -> AsyncIterator[str]:
    """The body. Nothing is new since the same cursors where the log can't be read just now, or the server drains."""
    connection = Connection(identity, "poll", seen=asked.seen)
    told: dict[str, Any] = {"seen": asked.seen, "messages": [], "interval": asked.interval}
    try:
        await hub().open(connection)
        await follow(connection, granted)
        messages = await first_messages(connection, 0 if hub().is_draining else asked.wait)
        told["cursor"] = joint_cursor(connection, granted)
        if connection.close_code:  # with it goes what was queued
            told["cursor"] = ",".join(str(one.since or connection.cursors[one.stream]) for one in granted)
        else:
            told |= {"seen": hub().tags(connection), "messages": [json.loads(message.text) for message in messages]}
    except DatabaseError:
        log.exception("a poll could not be answered")
        told |= {"cursor": ",".join(str(one.since or "") for one in granted), "interval": round(1000 * POLL_EVERY)}
    finally:
        await hub().leave(connection)
    yield json.dumps(told)


async def first_messages(connection: Connection, wait: float) -> list[Message]:
    """All that is queued once figures under way are there, or else the first that comes within `wait` seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STATE_PATIENCE):
            await hub().settle(connection)
    messages = connection.pending()
    if not messages and wait:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                first = await connection.next()
                messages = [first] if first else []
    return messages + connection.pending()
