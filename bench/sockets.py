"""The load client: thousands of WebSockets in a process of their own, told what to do by lines of JSON.

It speaks the dialect it is told, answers pings, comes back as realtime/static/realtime/backoff.js does, and keeps of
every delivery its age and whether one before it was missed. `bench.programs.Program` starts and asks it.
"""

import asyncio
import contextlib
import gc
import random
import resource
import time
from array import array
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import picows
import uvloop

from bench.dialects import DIALECTS, Mark
from bench.programs import serve_lines
from bench.runner import percentiles

TIMEOUT = 10.0  # seconds for a connection, as the page has
FIRST, LONGEST = 0.5, 20.0  # seconds of back-off
AT_ONCE = (1012, *range(4200, 4300))
STOP = range(4000, 4100)
PORTS_OF_AN_ADDRESS = 20_000
TEXT, CLOSE = picows.WSMsgType.TEXT, picows.WSMsgType.CLOSE


class Socket(picows.WSListener):
    """One client. It outlives its connections: what it has seen stays."""

    def __init__(self, crowd: "Crowd", number: int, token: str, streams: list[str]) -> None:
        self.crowd, self.number, self.token, self.streams = crowd, number, token, streams
        self.seen: dict[str, int] = {}
        self.epochs: dict[str, str] = {}
        self.goals: dict[str, int] = {}  # heads at the welcome that haven't been reached
        self.transport: picows.WSTransport | None = None
        self.is_wanted = self.is_live = False
        self.began = self.hint = 0.0
        self.attempt = self.code = 0

    @property
    def cursors(self) -> dict[str, str]:
        return {stream: f"{epoch}:{self.seen[stream]}" for stream, epoch in self.epochs.items()}

    async def connect(self) -> None:
        crowd = self.crowd
        self.code = 1006
        url = crowd.urls[(self.number + self.attempt) % len(crowd.urls)] + crowd.dialect.path_of(self)
        try:
            async with asyncio.timeout(TIMEOUT):
                await picows.ws_connect(
                    lambda: self,
                    url,
                    extra_headers=crowd.dialect.headers(self),
                    read_buffer_init_size=1024,
                    **crowd.source_of(self.number),
                )
        except (OSError, TimeoutError, picows.WSError) as error:
            crowd.count[f"refused: {type(error).__name__}"] += 1
            self.come_back(1006)

    def say(self, text: str) -> None:
        assert self.transport
        self.transport.send(TEXT, text.encode())

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self.transport = transport
        self.crowd.dialect.connected(self)

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        crowd = self.crowd
        if frame.msg_type == TEXT:
            payload = frame.get_payload_as_bytes()
            if mark := crowd.marks.get(payload) or crowd.read(payload):
                crowd.ages.append(time.time() - mark.due)
                crowd.bytes += len(payload)
                self.take(mark)
            else:
                crowd.dialect.handle(self, payload)
        elif frame.msg_type == CLOSE:
            self.code = int(frame.get_close_code().value)
            transport.send_close(frame.get_close_code())
            transport.disconnect()

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        self.transport = None
        self.crowd.live -= self.is_live
        self.is_live = False
        if self.is_wanted:
            self.crowd.count[f"closed: {self.code}"] += 1
            self.began = self.began or time.time()
            self.come_back(self.code)

    def take(self, mark: Mark) -> None:
        """Count a message: a number that doesn't follow is a hole, one seen already a repeat."""
        stream, seq, prev, _ = mark
        seen = self.seen.get(stream, prev)
        if seq > seen:
            self.seen[stream] = seq
        if prev != seen:
            self.crowd.count["holes" if prev > seen else "repeats" if seq <= seen else "overlaps"] += 1
        if self.goals:
            self.look_whether_caught_up()

    def welcomed(self, subs: list[dict[str, Any]]) -> None:
        """What the server says of each stream: where it stands, and whether what was missed follows."""
        self.attempt = 0
        for sub in subs:
            stream, self.epochs[sub["stream"]] = sub["stream"], sub["epoch"]
            self.goals[stream] = sub["seq"]
            self.crowd.count[sub["result"]] += 1
            if sub["result"] != "resumed":
                self.seen[stream] = sub["seq"]
        self.crowd.live += not self.is_live
        self.is_live = True
        self.look_whether_caught_up()

    def look_whether_caught_up(self) -> None:
        if self.began and all(self.seen[stream] >= goal for stream, goal in self.goals.items()):
            self.crowd.caught_up.append(time.time() - self.began)
            self.began, self.goals = 0.0, {}

    def come_back(self, code: int) -> None:
        if not self.is_wanted or code in STOP:
            return
        self.attempt += 1
        bound = min(LONGEST, FIRST * 2**self.attempt)
        pause = random.random() if code in AT_ONCE else max(self.hint, random.uniform(FIRST, bound))
        self.hint = 0.0
        self.crowd.start(self.connect_after(pause))

    async def connect_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self.is_wanted and self.transport is None:
            await self.connect()

    def arrive(self, after: float = 0.0) -> None:
        """Want to be connected; the clock of being caught up starts with the first attempt."""
        self.is_wanted, self.began = True, time.time() + after
        self.crowd.start(self.connect_after(after))

    def leave(self) -> None:
        """Vanish without a word, as a phone out of reach does."""
        self.is_wanted = False
        if self.transport:
            self.transport.disconnect(False)


class Crowd:
    """All sockets of this process, and what they have counted since it was last asked."""

    def __init__(self) -> None:
        self.sockets: list[Socket] = []
        self.urls: list[str] = []
        self.dialect: Any = None
        self.marks: dict[bytes, Mark] = {}
        self.live = 0
        self.tasks: set[asyncio.Task[None]] = set()
        self.forget()

    def forget(self) -> None:
        self.ages, self.caught_up = array("d"), array("d")
        self.bytes, self.count = 0, Counter[str]()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def read(self, payload: bytes) -> Mark | None:
        """The mark of a message, remembered: its other readers get the same bytes."""
        if mark := self.dialect.read(payload):
            if len(self.marks) > 2000:
                self.marks.clear()
            self.marks[payload] = mark
        return mark

    def source_of(self, number: int) -> dict[str, Any]:
        """One loopback address has so many ports: the next ones connect from the next address."""
        return {"local_addr": (f"127.0.0.{2 + number // PORTS_OF_AN_ADDRESS}", 0)} if self.many else {}

    async def configure(self, dialect: str, urls: list[str], people: list[tuple[str, list[str]]]) -> dict[str, Any]:
        """Who connects where: a token and the streams of each."""
        raise_file_limit(len(people))
        self.dialect, self.urls, self.many = DIALECTS[dialect], urls, len(people) > PORTS_OF_AN_ADDRESS
        self.sockets = [Socket(self, number, *person) for number, person in enumerate(people)]
        return {}

    async def open(self, at_a_time: int = 50) -> dict[str, Any]:
        """Connect all, so many at a time, and answer when all are live."""
        began = time.monotonic()
        for start in range(0, len(self.sockets), at_a_time):
            group = self.sockets[start : start + at_a_time]
            for socket in group:
                socket.arrive()
            wanted = start + len(group)
            await self.until(lambda wanted=wanted: self.live >= wanted, 60)
        return {"took": time.monotonic() - began} | await self.take()

    async def until(self, reached: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not reached():
            if time.monotonic() > end:
                raise TimeoutError(f"{self.live} of {len(self.sockets)} sockets are live: {dict(self.count)}")
            await asyncio.sleep(0.005)

    async def leave(self) -> dict[str, Any]:
        for socket in self.sockets:
            socket.leave()
        await asyncio.sleep(0.5)
        return await self.take()

    async def back(self, groups: int, spread: float) -> dict[str, Any]:
        """All come back since their cursors, `groups` at moments of their own within `spread` seconds."""
        moments = [random.uniform(0, spread) for _ in range(groups)]
        for number, socket in enumerate(self.sockets):
            socket.arrive(moments[number % groups] + random.uniform(0, 0.1))
        return await self.wait_caught_up(spread + 120)

    async def wait_caught_up(self, seconds: float) -> dict[str, Any]:
        """Until every socket is live and has what it missed."""
        await self.until(lambda: len(self.caught_up) >= len(self.sockets), seconds)
        return await self.take()

    async def wait_for(self, count: int, seconds: float) -> dict[str, Any]:
        """Until so many messages have come, or the time is over."""
        with contextlib.suppress(TimeoutError):
            await self.until(lambda: len(self.ages) >= count, seconds)
        return await self.take()

    async def aim(self, urls: list[str]) -> dict[str, Any]:
        """Where to connect from now on."""
        self.urls = urls
        return {}

    async def take(self) -> dict[str, Any]:
        """What has been counted since the last time."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        told = {
            "live": self.live,
            "count": len(self.ages),
            "bytes": self.bytes,
            "ages": percentiles(list(self.ages)) if self.ages else {},
            "caught_up": percentiles(list(self.caught_up)) if self.caught_up else {},
            "caught": len(self.caught_up),
            "told": dict(self.count),
            "cpu": used.ru_utime + used.ru_stime,
        }
        self.forget()
        return told


def raise_file_limit(sockets: int) -> None:
    """Allow this process as many files as the system lets it. Refuses where that is too few."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    needed = sockets + 100
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise OSError(f"{sockets} sockets need {needed} open files and this process may have {hard}: raise ulimit -Hn")


if __name__ == "__main__":
    gc.disable()  # a pause of the client would look like one of the server
    uvloop.run(serve_lines(Crowd()))
