"""The WebSocket at /ws/: reads the handshake, parses, hands to the hub. Protocol: docs/realtime.md."""

import asyncio
import json
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer

from realtime.errors import Problem
from realtime.hub import hub
from realtime.log import message_text
from realtime.subscribers import Message, Subscriber
from realtime.subscriptions import Granted, grant, read_subscription
from realtime.threads import in_thread

PROTOCOL = "bartender.v1.json"
MOST_INBOUND = 4096  # bytes a message
BAD_FRAMES_ALLOWED = 3
SIGN_IN, BAD_FRAME, BUSY = 4001, 4013, 4100

log = logging.getLogger(__name__)


class BadFrame(Problem):
    code, title = "bad_frame", "A message is a JSON object with a type."


class FeedConsumer(AsyncConsumer):
    """One socket. It owns no channel of the layer: the hub has one for all."""

    channel_layer_alias = "none"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the socket; however it ends, nothing of it stays behind."""
        self.subscriber = Subscriber()
        self.writer: asyncio.Task[None] | None = None
        self.bad_frames = 0
        self.has_ended = False
        try:
            await super().__call__(scope, receive, send)
        finally:
            hub().leave(self.subscriber)
            if self.writer:
                self.writer.cancel()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Call the handler without the stock consumer's thread hop: this path never touches the ORM."""
        handlers: dict[str, Callable[[dict[str, Any]], Awaitable[None]]] = {
            "websocket.connect": self.connect,
            "websocket.receive": self.receive,
            "websocket.disconnect": self.disconnect,
        }
        await handlers[message["type"]](message)

    async def connect(self, message: dict[str, Any]) -> None:
        """Accept first, then say why not: a refused handshake reaches a browser as a bare 1006."""
        offered = self.scope.get("subprotocols", [])
        await self.send({"type": "websocket.accept", "subprotocol": PROTOCOL if PROTOCOL in offered else None})
        if self.scope["user"] is None:
            await self.refuse("try_again", "We can't look you up just now: come again in a moment.", BUSY)
        elif not self.scope["user"].is_authenticated:
            await self.refuse("sign_in", "Sign in first.", SIGN_IN)

    async def disconnect(self, message: dict[str, Any]) -> None:
        raise StopConsumer

    async def send(self, message: dict[str, Any]) -> None:
        """Send unless the end has been said; that a phone has gone is told by websocket.disconnect."""
        if self.has_ended:
            return
        self.has_ended = message["type"] == "websocket.close"
        try:
            await super().send(message)
        except (OSError, RuntimeError):
            self.has_ended = True

    async def receive(self, message: dict[str, Any]) -> None:
        if self.has_ended:
            return
        try:
            frame = parse(message)
            if frame["type"] not in self.KNOWN:
                raise BadFrame(f"{frame['type'][:40]!r} is not a type of message.")
            await self.KNOWN[frame["type"]](self, frame)
        except Problem as problem:
            await self.say("error", code=problem.code, detail=problem.detail, **problem.data)
            await self.count_bad_frame(problem)
        except Exception:  # the database is away: the page backs off, and leaves no feed behind
            log.exception("a message could not be answered")
            hub().leave(self.subscriber)
            await self.refuse("try_again", "Something went wrong on our side: come again in a moment.", BUSY)

    async def count_bad_frame(self, problem: Problem) -> None:
        self.bad_frames += isinstance(problem, BadFrame)
        if self.bad_frames >= BAD_FRAMES_ALLOWED:
            await self.send({"type": "websocket.close", "code": BAD_FRAME})

    async def hello(self, frame: dict[str, Any]) -> None:
        """Answer with where each stream stands; what was missed follows the welcome."""
        asked = frame.get("subs", [])
        if self.writer or not isinstance(asked, list):
            raise BadFrame("hello comes once, with a list of subs.")
        granted = await in_thread(grant)(self.scope["user"], [read_subscription(sub) for sub in asked])
        subs = [await self.follow(one) for one in granted]
        await self.say(
            "welcome",
            connection=str(uuid.uuid4()),
            user=str(self.scope["user"].pk),
            time=time.time(),
            ping=25,
            mode="live",
            limits={"message": MOST_INBOUND, "streams": 50},
            subs=subs,
        )
        self.writer = asyncio.create_task(self.write())

    async def subscribe(self, frame: dict[str, Any]) -> None:
        if not self.writer:
            raise BadFrame("hello comes first.")
        [granted] = await in_thread(grant)(self.scope["user"], [read_subscription(frame)])
        await self.follow(granted, reply_to=frame.get("id"))

    async def unsubscribe(self, frame: dict[str, Any]) -> None:
        stream = frame.get("stream")
        if not isinstance(stream, str):
            raise BadFrame("unsubscribe names a stream.")
        hub().unsubscribe(self.subscriber, stream)
        self.subscriber.offer(Message("unsubscribed", message_text("unsubscribed", id=frame.get("id"), stream=stream)))

    async def pong(self, frame: dict[str, Any]) -> None:
        """A sign of life; nothing to do."""

    KNOWN = {"hello": hello, "subscribe": subscribe, "unsubscribe": unsubscribe, "pong": pong}

    async def follow(self, granted: Granted, reply_to: Any = None) -> dict[str, Any]:
        """Subscribe; once welcomed, the answer is queued ahead of what was missed."""

        def announce(head: Any, result: str) -> Message | None:
            text = message_text(
                "subscribed", id=reply_to, stream=granted.stream, epoch=head.epoch, seq=head.seq, result=result
            )
            return Message("subscribed", text) if self.writer else None

        stream, topics, since = granted
        head, result = await hub().subscribe(self.subscriber, stream, topics, since=since, announce=announce)
        return {"stream": stream, "epoch": head.epoch, "seq": head.seq, "result": result}

    async def write(self) -> None:
        """Carry the queue to the socket; the only writer after the welcome, but for errors."""
        while message := await self.subscriber.next():
            await self.send({"type": "websocket.send", "text": message.text})
        await self.send({"type": "websocket.close", "code": self.subscriber.close_code})

    async def say(self, type_: str, **fields: Any) -> None:
        await self.send({"type": "websocket.send", "text": message_text(type_, **fields)})

    async def refuse(self, code: str, detail: str, close_code: int) -> None:
        await self.say("error", code=code, detail=detail)
        await self.send({"type": "websocket.close", "code": close_code})


def parse(message: dict[str, Any]) -> dict[str, Any]:
    """A client's message as a dict with a text type. Raises BadFrame."""
    text = message.get("text")
    if text is None:
        raise BadFrame("Messages are text.")
    if len(text.encode()) > MOST_INBOUND:
        raise BadFrame(f"A message has at most {MOST_INBOUND} bytes.")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise BadFrame("The message is not JSON.") from None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise BadFrame()
    return frame
