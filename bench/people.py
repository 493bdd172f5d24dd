"""The load client of bench.load: people with a browser each, in a process of their own, told what to do by JSON.

Somebody signs in, opens tonight's page with its WebSocket, sells real baskets, reads the history and the figures; or
does what seed 001's script for k6 does, a socket and a sale a second; or keeps a till, which sells each basket at its
moment. A request's time counts from when it is asked, a connection's
that has to be made first included; a socket's from its first packet to the server's welcome.
"""

import asyncio
import gc
import json
import random
import re
import time
import uuid
from collections import Counter, defaultdict
from itertools import cycle
from typing import Any
from urllib.parse import urlencode

import picows
import uvloop

from bench.programs import serve_lines

PATIENCE = 30.0  # seconds for an answer
KEPT_ALIVE = 4.0  # seconds; uvicorn closes a connection after five without a request
PAUSE = 1.0  # seconds between a person's requests, as in seed 001's script
ROUND = ("sale", "sale", "sale", "history", "sale", "sale", "figures")
ROUNDS_OF_A_VISIT = 4  # then the page and its socket are opened anew
COOKIE = re.compile(rb"set-cookie: (\w+)=([^;]*)", re.IGNORECASE)
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
TEXT, CLOSE = picows.WSMsgType.TEXT, picows.WSMsgType.CLOSE


class Wrong(Exception):
    """A server has answered otherwise than a person expects, or not at all."""


class Told:
    """What all people of this process have seen so far."""

    def __init__(self) -> None:
        self.took: dict[str, list[float]] = defaultdict(list)
        self.wrong = Counter[str]()
        self.sold: list[str] = []
        self.pushed = 0


class Browser:
    """A kept-alive connection with its cookies."""

    def __init__(self, port: int, told: Told, token: str = "") -> None:
        self.port, self.told = port, told
        self.cookies: dict[str, str] = {}
        self.token = token
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.used = 0.0

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    async def ask(self, kind: str, expected: int, method: str, path: str, body: str = "", **headers: str) -> None:
        """Counts the seconds under `kind`; an answer that isn't `expected` is counted as wrong and raised."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                status = await self._answer(method, path, body, headers)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            self.leave()
            self.told.wrong[f"{kind}: {type(error).__name__}"] += 1
            raise Wrong(kind) from error
        self.told.took[kind].append(time.monotonic() - began)
        if status != expected:
            self.told.wrong[f"{kind}: {status}"] += 1
            raise Wrong(f"{kind}: {status}")

    async def _answer(self, method: str, path: str, body: str, headers: dict[str, str]) -> int:
        reader, writer = await self._connected()
        given = {"Host": f"127.0.0.1:{self.port}", "Content-Length": str(len(body.encode()))}
        given |= {"Authorization": f"Bearer {self.token}"} if self.token else {"Cookie": self.cookie}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in (given | headers).items())]
        writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if length := LENGTH.search(head):
            await reader.readexactly(int(length[1]))
        self.cookies |= {name.decode(): value.decode() for name, value in COOKIE.findall(head)}
        self.used = time.monotonic()
        return int(head[9:12])

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.streams and (time.monotonic() - self.used > KEPT_ALIVE or self.streams[0].at_eof()):
            self.leave()
        if not self.streams:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        return self.streams

    def leave(self) -> None:
        if self.streams:
            self.streams[1].close()
        self.streams = None


class Socket(picows.WSListener):
    """The live connection of one page."""

    def __init__(self, browser: Browser, stream: str) -> None:
        self.told, self.stream = browser.told, stream
        self.live = asyncio.get_running_loop().create_future()
        self.transport: picows.WSTransport | None = None
        self.is_leaving = False
        self.code = 0  # with which the server closes
        self.error = ""  # that it has told before

    @classmethod
    async def opened(cls, browser: Browser, stream: str) -> "Socket":
        """Live, or Wrong."""
        socket, began, url = cls(browser, stream), time.monotonic(), f"127.0.0.1:{browser.port}"
        headers = {
            "Cookie": browser.cookie,
            "Origin": f"http://{url}",
            "Sec-WebSocket-Protocol": "bartender.v1.json",
        }
        try:
            async with asyncio.timeout(PATIENCE):
                await picows.ws_connect(lambda: socket, f"ws://{url}/ws/", extra_headers=headers)
                await socket.live
        except (OSError, TimeoutError, picows.WSError) as error:
            browser.told.wrong[f"socket: {type(error).__name__} {error}"] += 1
            socket.leave()
            raise Wrong("socket") from error
        browser.told.took["socket"].append(time.monotonic() - began)
        return socket

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self.transport = transport
        subs = [{"stream": self.stream, "topics": ["figures", "sales", "stock"]}]
        transport.send(TEXT, json.dumps({"type": "hello", "subs": subs}).encode())

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if frame.msg_type == TEXT:
            self.take(transport, frame.get_payload_as_bytes())
        elif frame.msg_type == CLOSE:
            self.code = int(frame.get_close_code().value)
            transport.send_close(frame.get_close_code())
            transport.disconnect()

    def take(self, transport: picows.WSTransport, payload: bytes) -> None:
        if payload.startswith(b'{"type":"beat"'):
            transport.send(TEXT, b'{"type":"pong"}')
        elif self.live.done():
            self.told.pushed += 1
        elif (message := json.loads(payload))["type"] == "error":
            self.error = message["code"]
        elif message["type"] == "welcome":
            if message["mode"] == "live":
                self.live.set_result(None)
            else:
                self.live.set_exception(OSError(f"welcomed to {message['mode']}"))

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        if not self.live.done():
            self.live.set_exception(OSError(f"closed with {self.code} {self.error} before the welcome"))
        elif not self.is_leaving:
            self.told.wrong["socket: closed"] += 1

    def leave(self) -> None:
        self.is_leaving = True
        if self.transport:
            self.transport.disconnect()


class Person:
    """Who works at a bar tonight. `baskets` are lists of [product, quantity]."""

    def __init__(self, told: Told, *, port: int, bar: str, baskets: list[Any], **by: str) -> None:
        self.browser = Browser(port, told, by.get("token", ""))
        self.told, self.bar, self.baskets, self.by = told, bar, cycle(baskets), by

    async def evening(self, comes: float, leaves: float, does: str) -> None:
        """`visit` or `iterate` from one second to another. Who was answered wrongly tries again after a pause."""
        await asyncio.sleep(comes)
        stays, is_known = time.monotonic() + leaves - comes, False
        while time.monotonic() < stays:
            try:
                if not is_known:
                    await self.sign_in()
                    is_known = True
                await getattr(self, does)(stays)
            except Wrong:
                await asyncio.sleep(PAUSE)
        self.browser.leave()

    async def sign_in(self) -> None:
        await self.browser.ask("page to sign in", 200, "GET", "/login/")
        form = {key: self.by[key] for key in ("username", "password")}
        form |= {"csrfmiddlewaretoken": self.browser.cookies["csrftoken"]}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        await self.browser.ask("sign in", 302, "POST", "/login/", urlencode(form), **headers)

    async def visit(self, stays: float) -> None:
        await self.browser.ask("tonight", 200, "GET", f"/bars/{self.bar}/tonight")
        socket = await Socket.opened(self.browser, f"bar.{self.bar}")
        try:
            for act in ROUND * ROUNDS_OF_A_VISIT:
                await asyncio.sleep(random.uniform(0.5, 1.5) * PAUSE)
                if time.monotonic() > stays:
                    return
                await self.do(act)
        finally:
            socket.leave()

    async def iterate(self, stays: float) -> None:
        """The seed's script, once: a socket of its own, a sale, a pause."""
        socket = await Socket.opened(self.browser, f"bar.{self.bar}")
        try:
            await self.sell(next(self.baskets))
            await asyncio.sleep(PAUSE)
        finally:
            socket.leave()

    async def do(self, act: str) -> None:
        if act == "sale":
            await self.sell(next(self.baskets))
        else:
            path = {"history": "sales", "figures": "figures"}[act]
            await self.browser.ask(act, 200, "GET", f"/bars/{self.bar}/{path}")

    async def sell(self, lines: list[Any]) -> None:
        """Once: a sale whose answer doesn't come may be stored, and isn't counted."""
        key = str(uuid.uuid4())
        sale = {"key": key, "lines": [{"product": product, "quantity": quantity} for product, quantity in lines]}
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.browser.cookies.get("csrftoken", "")}
        await self.browser.ask("sale", 201, "POST", f"/api/v1/bars/{self.bar}/sales", json.dumps(sale), **headers)
        self.told.sold.append(key)

    async def keep_till(self, moments: list[float], read_at: float) -> None:
        """Sell each basket at its second; somewhere in between the owner reads tonight's figures and the history."""
        began, acts = time.monotonic(), sorted([*((at, "sale") for at in moments), (read_at, "read")])
        for at, act in acts:
            await asyncio.sleep(began + at - time.monotonic())
            try:
                await (self.do("sale") if act == "sale" else self.read())
            except Wrong:
                continue
        self.browser.leave()

    async def read(self) -> None:
        for kind, path in (("history", "sales"), ("figures", "tonight")):
            await self.browser.ask(kind, 200, "GET", f"/api/v1/bars/{self.bar}/{path}")


class Crowd:
    """All people of this process."""

    async def evening(
        self, people: list[dict[str, Any]], hours: list[tuple[float, float]], does: str
    ) -> dict[str, Any]:
        """Each comes and leaves at their seconds, and does one thing meanwhile."""
        told = Told()
        crowd = [Person(told, **person) for person in people]
        await asyncio.gather(
            *(person.evening(comes, leaves, does) for person, (comes, leaves) in zip(crowd, hours, strict=True))
        )
        return vars(told)

    async def peak(self, tills: list[dict[str, Any]], moments: list[list[float]], seconds: float) -> dict[str, Any]:
        told = Told()
        crowd = [Person(told, **till) for till in tills]
        keeping = [till.keep_till(when, random.uniform(0, seconds)) for till, when in zip(crowd, moments, strict=True)]
        await asyncio.gather(*keeping)
        return vars(told)


if __name__ == "__main__":
    gc.disable()  # a pause of the client would look like one of the server
    uvloop.run(serve_lines(Crowd()))
