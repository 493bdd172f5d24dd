"""The same feed for programs without an event loop: it runs on one in a thread of its own."""

import asyncio
import threading
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from typing import Any, Self, TypeVar

from realtime.client import feed
from realtime.client.happenings import Happening
from realtime.client.line import Status

Result = TypeVar("Result")


class Feed:
    """As the asynchronous one: `with Feed(url, token=token) as feed: for happening in feed.follow(stream): …`."""

    def __init__(self, url: str, **options: Any) -> None:
        """Takes what the asynchronous feed takes. Raises ValueError."""
        self._feed = feed.Feed(url, **options)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="feed", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.call(self._feed.__aenter__())
        return self

    def __exit__(self, *error: object) -> None:
        self.call(self._feed.__aexit__())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def status(self) -> Status:
        return self._feed.status

    @property
    def cursors(self) -> dict[str, str]:
        return self._feed.cursors

    def follow(self, stream: str, *, topics: Iterable[str] | None = None, since: str | None = None) -> "Following":
        async def begin() -> feed.Following:
            return self._feed.follow(stream, topics=topics, since=since)

        return Following(self, self.call(begin()))

    def send(self, action: str, data: Mapping[str, Any]) -> Any:
        return self.call(self._feed.send(action, data))

    def call(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do this on the loop and wait for it; what interrupts the waiting ends it too."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise


class Following(Iterator[Happening]):
    def __init__(self, feed: Feed, following: feed.Following) -> None:
        self._feed, self._following = feed, following

    def __next__(self) -> Happening:
        return self._feed.call(self._following.__anext__())

    @property
    def cursor(self) -> str | None:
        return self._following.cursor

    def resume(self, since: str) -> None:
        self._feed.call(self._following.resume(since))

    def close(self) -> None:
        self._feed.call(self._following.close())
