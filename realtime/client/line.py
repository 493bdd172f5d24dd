"""Keeps one transport open: tries again, steps down to polling when the WebSocket fails, and up when it works again."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from realtime.client.happenings import Refused
from realtime.client.ladder import Ladder
from realtime.client.session import CONNECT, Session, refusal
from realtime.client.verdicts import Verdict, of_close, of_status

PROTOCOL = "bartender.v1.json"
POLL_WAIT = 5  # seconds that a poll waits for news
PROBE_EVERY = 60.0  # seconds between looks for something better than polling
ABNORMAL = 1006  # the code of a connection that ended without one

Status = Literal["live", "polling", "offline"]
Ended = tuple[Verdict, float]  # what the end of a transport asks for, and the server's hint in seconds


@dataclass(frozen=True)
class Server:
    """Where to connect, and as whom."""

    path: ClassVar[str] = "/ws/"
    url: str
    headers: Mapping[str, str]
    http: httpx.AsyncClient

    def socket(self) -> connect:
        """Without the library's own pings: the server beats, and a program that is busy isn't a dead one."""
        return connect(
            f"{self.url.replace('http', 'ws', 1)}{self.path}",
            subprotocols=[PROTOCOL],  # type: ignore[list-item]
            additional_headers=self.headers,
            open_timeout=CONNECT,
            close_timeout=1,
            ping_interval=None,
        )


class Line:
    """`changed()` is called whenever the session or the status may have changed."""

    probe_every = PROBE_EVERY

    def __init__(
        self, server: "Server", session: Session, ladder: Ladder, changed: Callable[[], Awaitable[None]]
    ) -> None:
        self.status: Status = "offline"
        self._server, self._session, self._ladder, self._changed = server, session, ladder, changed
        self._socket: ClientConnection | None = None
        self._problem: Refused | None = None  # the last that the server has said of the line
        self._hint = 0.0

    async def run(self) -> Refused:
        """Until the server wants no more of us: its refusal. Cancel it to end it."""
        while True:
            why, hint = await (self._follow() if self._ladder.rung == "websocket" else self._poll())
            self._session.lost()
            await self._is("offline")
            if why in (Verdict.SIGN_IN, Verdict.STOP):
                return self._problem or refusal({"code": why, "detail": "The server ended the connection for good."})
            await asyncio.sleep(self._ladder.lost(why, hint))

    async def flush(self) -> None:
        """Say what the session has to say; what can't be said now is asked again on the next socket."""
        if self._socket is None:
            return
        with contextlib.suppress(ConnectionClosed):
            while self._session.outbox:
                await self._socket.send(json.dumps(self._session.outbox.pop(0)))

    async def _is(self, status: Status) -> None:
        self.status = status
        await self._changed()

    async def _follow(self) -> Ended:
        """One socket, from its hello to its end."""
        self._problem, self._hint = None, 0.0
        try:
            async with self._server.socket() as self._socket:
                with contextlib.suppress(ConnectionClosed):  # who is refused at once still has to hear why
                    await self._socket.send(json.dumps(self._session.hello()))
                return await self._listen(self._socket)
        except ConnectionClosed as closed:
            return of_close(closed.rcvd.code if closed.rcvd else ABNORMAL), self._hint
        except (OSError, InvalidHandshake, EOFError):  # TimeoutError is an OSError: a silent line too
            return Verdict.BACK_OFF, 0.0
        finally:
            self._socket = None

    async def _listen(self, socket: ClientConnection) -> Ended:
        while True:
            async with asyncio.timeout(self._session.patience):
                message = json.loads(await socket.recv())
            if message["type"] == "error" and message.get("id") is None:
                self._problem, self._hint = refusal(message), message.get("retry_after", 0.0)
            if verdict := self._session.receive(message):
                return verdict, self._hint
            if message["type"] == "welcome":
                self._ladder.opened()
                self.status = "live"
            await self.flush()
            await self._changed()

    async def _poll(self) -> Ended:
        """One request after the other, until a WebSocket works again."""
        probe = asyncio.create_task(self._probe())
        try:
            while not probe.done():
                ended, interval = await self._ask_all()
                if ended:
                    return ended
                await asyncio.wait({probe}, timeout=interval)
        finally:
            probe.cancel()
        self._ladder.step_up()
        return Verdict.AT_ONCE, 0.0

    async def _ask_all(self) -> tuple[Ended | None, float]:
        """Ask for all streams: how it ended if it did, and the seconds until the next time."""
        queries = self._session.poll_queries()
        wait = POLL_WAIT if len(queries) == 1 else 0  # one that waits would hold up the others
        intervals = [1.0]
        for query in queries:
            try:
                response = await self._server.http.get("/api/v1/sync/poll", params={**query, "wait": wait})
            except httpx.TransportError:
                return (Verdict.BACK_OFF, 0.0), 0.0
            if not response.is_success:
                return self._refused(response), 0.0
            intervals.append(self._answered(query, response.json()))
            await self._is("polling")
        return None, max(intervals)

    def _answered(self, query: Mapping[str, str], answer: dict[str, Any]) -> float:
        self._ladder.opened()
        self._session.polled(query, answer)
        return answer["interval"] / 1000

    def _refused(self, response: httpx.Response) -> Ended:
        problem = problem_of(response)
        self._problem = refusal(problem)
        verdict = of_status(response.status_code)
        return self._session.refuse(problem) if verdict == Verdict.STOP else verdict, retry_after(response)

    async def _probe(self) -> None:
        """Ends when a WebSocket would work."""
        soon = self._ladder.is_failing  # the server itself was away: it is worth a look once it is back
        while self._ladder.has_above:
            await asyncio.sleep(1.0 if soon else self.probe_every)
            soon = False
            with contextlib.suppress(OSError, InvalidHandshake, EOFError, ConnectionClosed):
                async with self._server.socket():
                    return
        await asyncio.Event().wait()  # polling is the best we want


def problem_of(response: httpx.Response) -> dict[str, Any]:
    """The problem+json of a refusal; a proxy's error page as one."""
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if isinstance(problem, dict) and "code" in problem:
        return problem
    return {"code": f"http_{response.status_code}", "detail": f"The server answered {response.status_code}."}


def retry_after(response: httpx.Response) -> float:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 0.0
