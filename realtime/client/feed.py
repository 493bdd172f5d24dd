"""The feed of a program on an event loop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx

from realtime.client.happenings import FeedError, Happening, OutcomeUnknown
from realtime.client.ladder import Ladder, Rung
from realtime.client.line import Line, Server, Status, problem_of
from realtime.client.session import ROOM, Session, refusal
from realtime.client.subscription import Subscription

REQUEST = 15.0  # seconds until a request is given up
Found = TypeVar("Found")


class Closed(FeedError):
    """The feed isn't open, or not any more."""


class Feed:
    """Follows streams of the server at `url` as whoever the access token belongs to.

    async with Feed("https://bar.example", token=token) as feed:
        async for happening in feed.follow("bar.<id>", topics=["stock"], since=cursor):
            ...

    `top` is the best transport to use. Past `room` happenings that wait for the program, the rest of a
    stream is left with the server until they are taken.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        top: Rung = "websocket",
        room: int = ROOM,
    ) -> None:
        """Raises ValueError for an address that is none."""
        url, headers = checked(url), {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=REQUEST)
        self._session = Session(room)
        self._line = Line(Server(url, headers, self._http), self._session, Ladder(top), self._tell)
        self._news = asyncio.Condition()
        self._end: Exception | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._keep_a_line())
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._http.aclose()
        self._end = self._end or Closed("The feed is closed.")
        await self._tell()

    @property
    def status(self) -> Status:
        """live, polling or offline."""
        return self._line.status

    @property
    def cursors(self) -> dict[str, str]:
        """Behind what the program has dealt with, by stream: what to keep, so as to resume after a restart."""
        known = {stream: one.cursor for stream, one in self._session.subscriptions.items()}
        return {stream: cursor for stream, cursor in known.items() if cursor}

    def follow(self, stream: str, *, topics: Iterable[str] | None = None, since: str | None = None) -> "Following":
        """What happens on a stream: since a cursor, "0" for all that is kept, or from now on.

        Raises ValueError for a cursor that is none, and for a stream that is followed already.
        """
        return Following(self, self._session.follow(stream, topics, since))

    async def send(self, action: str, data: Mapping[str, Any]) -> Any:
        """Do something by its name, like `message.send`: the server's answer. Raises Refused, OutcomeUnknown."""
        if not self._session.is_welcome:
            return await self._post(action, data)
        number = self._session.send(action, dict(data))
        await self._line.flush()
        answer = await self.until(lambda: self._session.answer(number))
        if answer["type"] == "error":
            raise refusal(answer)
        return answer.get("data")

    async def _post(self, action: str, data: Mapping[str, Any]) -> Any:
        try:
            response = await self._http.post("/api/v1/sync/send", json={"type": action, "data": dict(data)})
        except httpx.TransportError as error:
            raise OutcomeUnknown("The line was lost before the answer came.") from error
        if not response.is_success:
            raise refusal(problem_of(response))
        return response.json().get("data") if response.content else None

    async def until(self, ready: Callable[[], Found | None]) -> Found:
        """Wait until `ready()` has something. Raises what ended the feed."""
        async with self._news:
            while (found := ready()) is None:
                if self._end:
                    raise self._end
                await self._news.wait()
        await self._line.flush()
        return found

    async def _keep_a_line(self) -> None:
        try:
            self._end = await self._line.run()
        except Exception as error:  # whoever waits must hear of it
            self._end = error
        await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()


class Following(AsyncIterator[Happening]):
    """One stream of a feed: `async for` it. Closed with the feed, or with `close()`."""

    def __init__(self, feed: Feed, subscription: Subscription) -> None:
        self._feed, self._subscription = feed, subscription

    async def __anext__(self) -> Happening:
        """Asking for the next happening says that the one before is dealt with. Raises Refused."""
        await self._feed._line.flush()
        return await self._feed.until(lambda: self._feed._session.take(self._subscription))

    @property
    def cursor(self) -> str | None:
        """Behind the last transaction that is dealt with whole."""
        return self._subscription.cursor

    async def resume(self, since: str) -> None:
        """After a Reset: go on behind the lists that were read again, whose `Cursor` header this is."""
        self._feed._session.resume(self._subscription, since)
        await self._feed._line.flush()

    async def close(self) -> None:
        self._feed._session.leave(self._subscription.stream)
        await self._feed._line.flush()


def checked(url: str) -> str:
    """The address of a server. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url[:80]!r} is not the address of a server: it reads https://host.")
    return f"{parts.scheme}://{parts.netloc}"
