"""The clients of bench.hostile, in a process of their own, told what to do by JSON.

Each does one bad thing for as long as the server lets it; cut off, it comes back a second later and does it again.
Where it reads nothing, its own side takes 4 KB and no more, so that what is sent to it waits at the server.
"""

import asyncio
import contextlib
import gc
import json
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any
from urllib.parse import quote

import uvloop
import websockets
from websockets.frames import Frame, Opcode

from bench.programs import serve_lines

WINDOW = 4096  # bytes that are taken unread
COME_BACK = 1.0  # seconds
GIGABYTE = 1 << 30
STEP = 0.01  # seconds between what is sent without end: as much as one machine can be, and still measure
HANDSHAKE = (
    "GET /ws/ HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
    "Sec-WebSocket-Protocol: bartender.v1.json\r\n\r\n"
)
PROTOCOL = websockets.Subprotocol("bartender.v1.json")
TOPICS = ("sales", "stock", "figures", "presence")


def frame(text: str, opcode: Opcode = Opcode.TEXT) -> bytes:
    return Frame(opcode, text.encode()).serialize(mask=True)


class Ended(Exception):
    """The server has closed the connection."""


class Line:
    """A connection made of bytes. What it does raises Ended, or OSError, once the server has cut it."""

    def __init__(self, port: int, token: str, stream: str, log_begin: str) -> None:
        self.host, self.token, self.stream, self.log_begin = f"127.0.0.1:{port}", token, stream, log_begin
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
        self.socket.setblocking(False)
        self.loop = asyncio.get_running_loop()

    async def connect(self) -> None:
        host, port = self.host.split(":")
        await self.loop.sock_connect(self.socket, (host, int(port)))

    async def send(self, data: bytes) -> None:
        await self.loop.sock_sendall(self.socket, data)

    async def send_text(self, text: str) -> None:
        await self.send(text.format(host=self.host, token=self.token).encode())

    async def read(self) -> bytes:
        if data := await self.loop.sock_recv(self.socket, 65536):
            return data
        raise Ended

    async def shake_hands(self) -> None:
        await self.send_text(HANDSHAKE)
        while not (await self.read()).endswith(b"\r\n\r\n"):
            pass

    @contextlib.asynccontextmanager
    async def library(self) -> AsyncIterator[websockets.ClientConnection]:
        """Instead of it all a WebSocket that reads, answers pings, and follows."""
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            async with websockets.connect(
                f"ws://{self.host}/ws/", subprotocols=[PROTOCOL], additional_headers=headers, compression=None
            ) as page:
                await page.send(json.dumps({"type": "hello", "subs": [{"stream": self.stream, "topics": TOPICS}]}))
                yield page
        except websockets.ConnectionClosed as closed:
            raise Ended from closed

    async def say(self, **message: Any) -> None:
        await self.send(frame(json.dumps(message)))

    async def hello(self, **since: str) -> None:
        """And read the welcome, with what comes in the same packet."""
        await self.say(type="hello", subs=[{"stream": self.stream, "topics": TOPICS} | since])
        await self.read()

    async def wait_unread(self) -> None:
        """A pong a second shows whether the line still is; what comes on it stays where it is."""
        while True:
            await self.say(type="pong")
            await asyncio.sleep(1)

    async def repeat(self, data: bytes) -> None:
        while True:
            await self.send(data)
            await asyncio.sleep(STEP)


async def follow_and_read_nothing(line: Line) -> None:
    await line.shake_hands()
    await line.hello()
    await line.wait_unread()


async def resume_from_the_first_and_read_nothing(line: Line) -> None:
    await line.shake_hands()
    await line.hello(since=line.log_begin)
    await line.wait_unread()


async def follow_events_and_read_nothing(line: Line) -> None:
    """Over HTTP nothing can be said meanwhile: the line is tried with what a server passes over, a new line."""
    path = f"/api/v1/sync/stream?streams={quote(line.stream)}&topics={','.join(TOPICS)}"
    await line.send_text(f"GET {path} HTTP/1.1\r\nHost: {{host}}\r\nAuthorization: Bearer {{token}}\r\n\r\n")
    while True:
        await asyncio.sleep(1)
        await line.send(b"\r\n")


async def flood(line: Line) -> None:
    await line.shake_hands()
    await line.hello()
    await line.repeat(frame('{"type":"pong"}') * 100)


async def shout(line: Line) -> None:
    """As much in one message as the server's WebSocket takes."""
    await line.shake_hands()
    await line.hello()
    await line.repeat(frame("x" * 65_536))


async def ping_and_read_no_pong(line: Line) -> None:
    await line.shake_hands()
    await line.hello()
    await line.repeat(frame("x" * 125, Opcode.PING) * 10)


async def subscribe_and_unsubscribe(line: Line) -> None:
    """As fast as a socket may speak, and reading all."""
    async with line.library() as page:
        reading = asyncio.create_task(read_all(page))
        for number in range(GIGABYTE):
            what = {"type": "unsubscribe"} if number % 2 else {"type": "subscribe", "topics": TOPICS}
            await page.send(json.dumps({"id": number, "stream": line.stream} | what))
            await asyncio.sleep(0.55)
            if reading.done():
                raise Ended


async def read_all(page: websockets.ClientConnection) -> None:
    """Until it closes."""
    with contextlib.suppress(websockets.ConnectionClosed):
        async for _ in page:
            pass


async def come_and_leave(line: Line) -> None:
    """In the midst of a welcome."""
    await line.shake_hands()
    await line.hello()
    raise Ended


async def say_nothing(line: Line) -> None:
    await line.shake_hands()
    while True:
        await line.read()


async def drip_a_head(line: Line) -> None:
    """A byte a second, never a whole request."""
    await line.send_text("GET /login/ HTTP/1.1\r\nHost: {host}\r\nX-Slow: ")
    await line_of_bytes(line, 1)


async def line_of_bytes(line: Line, pause: float) -> None:
    while True:
        await line.send(b"x")
        await asyncio.sleep(pause)


async def send_a_head_without_end(line: Line) -> None:
    await line.send_text("GET /login/ HTTP/1.1\r\nHost: {host}\r\n")
    for number in range(GIGABYTE):
        await line.send(f"X-{number}: {'x' * 4000}\r\n".encode())
        await asyncio.sleep(STEP)


async def send_a_body_without_end(line: Line) -> None:
    await line.send_text(
        f"POST /api/v1/bars/{line.stream.removeprefix('bar.')}/sales HTTP/1.1\r\nHost: {{host}}\r\n"
        "Authorization: Bearer {token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    await line.repeat(b"10000\r\n" + b" " * 65_536 + b"\r\n")


async def ask_and_read_no_answer(line: Line) -> None:
    path = f"/api/v1/bars/{line.stream.removeprefix('bar.')}/sales"
    while True:
        await line.send_text(f"GET {path} HTTP/1.1\r\nHost: {{host}}\r\nAuthorization: Bearer {{token}}\r\n\r\n")
        await asyncio.sleep(STEP)


async def behave(line: Line) -> None:
    """The control: a page that follows its bar and reads."""
    async with line.library() as page:
        await read_all(page)


WAYS: dict[str, Callable[[Line], Coroutine[Any, Any, None]]] = {
    way.__name__: way
    for way in (
        behave, follow_and_read_nothing, resume_from_the_first_and_read_nothing, follow_events_and_read_nothing,
        flood, shout, ping_and_read_no_pong, subscribe_and_unsubscribe, come_and_leave, say_nothing, drip_a_head,
        send_a_head_without_end, send_a_body_without_end, ask_and_read_no_answer,
    )
}  # fmt: skip


class Crowd:
    """All clients of this process."""

    async def attack(self, seconds: float, clients: list[dict[str, Any]]) -> dict[str, Any]:
        """Each acts in its `way` at a `port`; answers how often each way was begun and how it ended."""
        ends, told = time.monotonic() + seconds, Counter[str]()
        await asyncio.gather(*(keep_at_it(ends, told, **client) for client in clients))
        return dict(told)


async def keep_at_it(ends: float, told: Counter[str], way: str, **given: Any) -> None:
    while (left := ends - time.monotonic()) > 0:
        line = Line(**given)
        told[f"{way}: begun"] += 1
        try:
            async with asyncio.timeout(left):
                await line.connect()
                await WAYS[way](line)
        except TimeoutError:
            told[f"{way}: lasted to the end"] += 1
        except (OSError, Ended):
            told[f"{way}: ended"] += 1
        finally:
            line.socket.close()
        await asyncio.sleep(COME_BACK)


if __name__ == "__main__":
    gc.disable()
    uvloop.run(serve_lines(Crowd()))
