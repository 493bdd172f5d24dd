"""The WebSocket at /ws/: reads the handshake, parses, hands to the hub. Protocol: docs/realtime.md."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.utils.functional import Promise
from django.utils.translation import activate
from django.utils.translation import gettext_lazy as _

from realtime import clock
from realtime.allowance import Allowance
from realtime.connections import BAD_FRAME, BUSY, COME_BACK, FULL, SIGN_IN, TOO_FAST, Connection
from realtime.errors import NotFound, Problem
from realtime.hub import hub
from realtime.inbound import MOST_INBOUND, BadFrame, name_of, parse
from realtime.language import language_of
from realtime.limits import Full
from realtime.log import message_text
from realtime.rate import count_handshakes
from realtime.sending import perform
from realtime.streams import registry
from realtime.subscribers import Message
from realtime.subscriptions import MOST_STREAMS, Granted, TooMany, grant_many, read_subscription
from realtime.threads import in_thread
from realtime.timings import timings
from realtime.wire import ABORT, WRITE, text_frame

PROTOCOL = "bartender.v1.json"
BAD_FRAMES_ALLOWED = 3
MESSAGES, MESSAGES_SECONDS = 20, 10.0  # of one socket
HANDSHAKES, HANDSHAKES_SECONDS = 500, 1.0  # of one process: more wait for their next try
HELLO_SECONDS = 10.0  # for the first message
PING = 25  # seconds between beats
LAST_WORDS_SECONDS = 5.0  # for who is closed to read why

log = logging.getLogger(__name__)
handshakes = Allowance(HANDSHAKES, HANDSHAKES_SECONDS)


class FeedConsumer(AsyncConsumer):
    """One socket. It owns no channel of the layer: the hub has one for all."""

    channel_layer_alias = "none"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the socket; however it ends, nothing of it stays behind."""
        activate(language_of(scope))  # for this task, which serves nobody else
        scope.setdefault("began", time.perf_counter())
        self.asgi_send = send
        self.connection: Connection | None = None
        self.writer: asyncio.Task[None] | None = None
        self.bad_frames = 0
        self.has_ended = False
        self.waited = 0.0  # seconds that this socket has waited for us until it was live
        self.allowance = Allowance(MESSAGES, MESSAGES_SECONDS)
        self.patience = asyncio.get_running_loop().call_later(HELLO_SECONDS, self.lose_patience)
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.patience.cancel()
            if self.writer:
                self.writer.cancel()
            if self.connection:
                await hub().leave(self.connection)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Call the handler without the stock consumer's thread hop: this path never touches the ORM."""
        handlers: dict[str, Callable[[dict[str, Any]], Awaitable[None]]] = {
            "websocket.connect": self.connect,
            "websocket.receive": self.receive,
            "websocket.disconnect": self.disconnect,
        }
        await handlers[message["type"]](message)

    def lose_patience(self) -> None:
        """Nobody has said hello: not a page of ours, or a line that is too slow to be of use."""
        silent = self.refuse(BUSY, "silent", _("Say hello within %(seconds)d s.") % {"seconds": HELLO_SECONDS})
        self.writer = self.writer or asyncio.create_task(silent)

    async def connect(self, message: dict[str, Any]) -> None:
        """Accept first, then say why not: a refused handshake reaches a browser as a bare 1006."""
        offered = self.scope.get("subprotocols", [])
        await self.send({"type": "websocket.accept", "subprotocol": PROTOCOL if PROTOCOL in offered else None})
        identity = self.scope["identity"]
        if identity is None:
            await self.refuse(BUSY, "try_again", _("We can't look you up just now: come again in a moment."))
        elif not handshakes.take():
            await self.refuse(BUSY, "busy", _("Too many are coming at once: come again in a moment."), retry_after=2)
        elif not (identity.user.is_authenticated or registry.has_public):
            await self.refuse(SIGN_IN, "sign_in", _("Sign in first."))
        elif hub().is_draining:
            await self.refuse(COME_BACK, "drain", _("This server is about to stop: connect again."))
        elif seconds := await hub().batch(count_handshakes).ask(identity):
            told = _("You have opened too many one after another: come again later.")
            await self.refuse(TOO_FAST, "too_fast", told, retry_after=seconds)
        else:
            self.waited = time.perf_counter() - self.scope["began"]
            self.connection = Connection(identity, "websocket")
            self.connection.on_close = self.limit_last_words

    def limit_last_words(self) -> None:
        """Who doesn't read would keep the writer, and the socket, for good."""
        abort = self.scope.get("extensions", {}).get(ABORT, self.patience.cancel)
        self.patience.cancel()
        self.patience = asyncio.get_running_loop().call_later(LAST_WORDS_SECONDS, abort)

    async def disconnect(self, message: dict[str, Any]) -> None:
        raise StopConsumer

    async def send(self, message: dict[str, Any]) -> None:
        """Send unless the end has been said; that a phone has gone is told by websocket.disconnect."""
        if self.has_ended:
            return
        self.has_ended = message["type"] == "websocket.close"
        try:
            await self.asgi_send(message)
        except (OSError, RuntimeError):
            self.has_ended = True

    async def receive(self, message: dict[str, Any]) -> None:
        if self.has_ended or self.connection is None:
            return
        if not self.allowance.take():
            told = _("At most %(most)d messages in %(seconds)d s.") % {"most": MESSAGES, "seconds": MESSAGES_SECONDS}
            await self.refuse(TOO_FAST, "too_fast", told)
            return
        frame: dict[str, Any] = {}
        try:
            frame = parse(message)
            if frame["type"] not in self.KNOWN:
                raise BadFrame(_("%(name)s is not a type of message.") % {"name": repr(frame["type"][:40])})
            await self.KNOWN[frame["type"]](self, frame)
        except Problem as problem:
            await self.say("error", id=frame.get("id"), code=problem.code, detail=problem.detail, **problem.data)
            await self.count_bad_frame(problem)
        except Exception:  # the database is away: the page backs off, and leaves no feed behind
            log.exception("a message could not be answered")
            await self.refuse(BUSY, "try_again", _("Something went wrong on our side: come again in a moment."))

    async def count_bad_frame(self, problem: Problem) -> None:
        self.bad_frames += isinstance(problem, BadFrame)
        if self.bad_frames >= BAD_FRAMES_ALLOWED:
            await self.send({"type": "websocket.close", "code": BAD_FRAME})

    async def hello(self, frame: dict[str, Any]) -> None:
        """Answer with where each stream stands; what was missed follows the welcome."""
        began = time.perf_counter()
        asked = frame.get("subs", [])
        if self.writer or not isinstance(asked, list):
            raise BadFrame(_("hello comes once, with a list of subs."))
        subscriptions = [read_subscription(sub) for sub in asked]
        connection = self.connection
        assert connection
        connection.client, connection.tab = name_of(frame.get("client")), name_of(frame.get("tab"))
        await hub().open(connection)
        try:
            granted = await hub().batch(grant_many).ask((connection.identity.user, subscriptions))
        except NotFound:
            if connection.person:
                raise
            await self.refuse(SIGN_IN, "sign_in", _("Sign in first."))
            return
        if full := await hub().admit(connection, [one.stream for one in granted]):
            await self.send_to_polling(full, granted)
            return
        self.patience.cancel()
        await self.welcome("live", [await self.follow(one) for one in granted])
        timings.saw("sockets", self.waited + time.perf_counter() - began)
        self.writer = asyncio.create_task(self.write())

    async def welcome(self, mode: str, subs: list[dict[str, Any]], **fields: Any) -> None:
        assert self.connection
        await self.say(
            "welcome",
            connection=self.connection.id,
            user=self.connection.person,
            time=clock.now().timestamp(),
            ping=PING,
            mode=mode,
            limits={"message": MOST_INBOUND, "streams": MOST_STREAMS},
            subs=subs,
            **fields,
        )

    async def send_to_polling(self, full: Full, granted: list[Granted]) -> None:
        """There is no room for another live connection: not refused, but sent to the slower way."""
        pace = await in_thread(registry.pace)([one.stream for one in granted])
        await self.welcome("poll", [], interval=round(1000 * pace), full=full.scope, most=full.most)
        await self.send({"type": "websocket.close", "code": FULL})

    async def subscribe(self, frame: dict[str, Any]) -> None:
        connection = self.welcomed("subscribe")
        subscription = read_subscription(frame)
        if len(connection.streams.keys() | {subscription.stream}) > MOST_STREAMS:
            raise TooMany()
        [granted] = await hub().batch(grant_many).ask((connection.identity.user, [subscription]))
        if full := await hub().admit(connection, [granted.stream]):
            await self.say("error", id=frame.get("id"), code="full", stream=granted.stream, most=full.most,
                           detail=str(_("This stream has as many live connections as it may: poll it.")))  # fmt: skip
            return
        await self.follow(granted, reply_to=frame.get("id"))

    async def unsubscribe(self, frame: dict[str, Any]) -> None:
        connection, stream = self.welcomed("unsubscribe"), frame.get("stream")
        if not isinstance(stream, str):
            raise BadFrame(_("unsubscribe names a stream."))
        connection.asked.pop(stream, None)
        hub().unsubscribe(connection, stream)
        hub().leases.give_back(connection, stream)
        connection.offer(Message("unsubscribed", message_text("unsubscribed", id=frame.get("id"), stream=stream)))

    async def do(self, frame: dict[str, Any]) -> None:
        """Whatever an app lets clients send: answered with ack, or an error."""
        connection = self.welcomed("send")
        answer = await perform(connection.identity.user, frame.get("action"), frame.get("data"))
        await self.say("ack", id=frame.get("id"), data=answer)

    async def pong(self, frame: dict[str, Any]) -> None:
        """A sign of life; nothing to do."""

    KNOWN = {"hello": hello, "subscribe": subscribe, "unsubscribe": unsubscribe, "send": do, "pong": pong}

    def welcomed(self, asking: str) -> Connection:
        if not (self.writer and self.connection):
            raise BadFrame(_("hello comes before %(name)s.") % {"name": asking})
        return self.connection

    async def follow(self, granted: Granted, reply_to: Any = None) -> dict[str, Any]:
        """Subscribe; once welcomed, the answer is queued ahead of what was missed."""
        assert self.connection

        def announce(head: Any, result: str) -> Message | None:
            text = message_text(
                "subscribed", id=reply_to, stream=granted.stream, epoch=head.epoch, seq=head.seq, result=result
            )
            return Message("subscribed", text) if self.writer else None

        self.connection.asked[granted.stream] = granted.asked
        head, result = await hub().subscribe(
            self.connection, granted.stream, granted.topics, since=granted.since, announce=announce
        )
        return {"stream": granted.stream, "epoch": head.epoch, "seq": head.seq, "result": result}

    async def write(self) -> None:
        """Carry the queue to the socket; the only writer after the welcome, but for answers."""
        connection = self.connection
        assert connection
        connection.write = self.scope.get("extensions", {}).get(WRITE)
        while few := await connection.next_few():
            frames = b"".join(message.frame or text_frame(message.text) for message in few)
            if connection.write and connection.write(frames):
                continue
            connection.is_sending = True
            for message in few:
                await self.send({"type": "websocket.send", "text": message.text})
            connection.is_sending = False
        if connection.farewell:
            await self.send({"type": "websocket.send", "text": connection.farewell.text})
        await self.send({"type": "websocket.close", "code": connection.close_code})

    async def say(self, type_: str, **fields: Any) -> None:
        await self.send({"type": "websocket.send", "text": message_text(type_, **fields)})

    async def refuse(self, close_code: int, code: str, detail: str | Promise, **fields: Any) -> None:
        await self.say("error", code=code, detail=str(detail), **fields)
        await self.send({"type": "websocket.close", "code": close_code})
