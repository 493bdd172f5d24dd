"""A subscriber: what the hub writes to, whatever the transport that reads from it."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from realtime.cursors import Cursor

MOST_BYTES = 256 * 1024  # queued for one reader; one that is slower than this resumes later

TOO_SLOW = 4108


class Message(NamedTuple):
    """One message of the protocol. `stream` and `cursor` say where its reader stands after it."""

    type: str
    text: str
    stream: str = ""
    cursor: Cursor | None = None


class Subscriber:
    """A bounded queue. `offer` never waits, so that one slow phone can't hold up a bar."""

    def __init__(self, seen: Iterable[str] = ()) -> None:
        """`seen` holds tags of state values that the reader has already: they are not sent again."""
        self.seen = frozenset(seen)
        self._queue: deque[Message] = deque()
        self._bytes = 0
        self._ready = asyncio.Event()
        self.close_code = 0
        self.streams: set[str] = set()
        self.cursors: dict[str, Cursor] = {}

    @property
    def is_drained(self) -> bool:
        """All that was ever queued has been read."""
        return not self._queue and not self.close_code

    def offer(self, message: Message) -> None:
        """Queue a message; the one too many closes the subscriber instead."""
        if self.close_code:
            return
        self._bytes += len(message.text)
        if self._bytes > MOST_BYTES:
            self.close(TOO_SLOW)
            return
        self._queue.append(message)
        self._ready.set()

    def close(self, code: int) -> None:
        """Drop what is queued and end the reader with this close code."""
        self.close_code = self.close_code or code
        self._queue.clear()
        self._ready.set()

    async def next(self) -> Message | None:
        """The next message, or None once closed. For one reader."""
        while not self._queue and not self.close_code:
            self._ready.clear()
            await self._ready.wait()
        return None if self.close_code else self._take()

    def pending(self) -> list[Message]:
        """All that is queued now, without waiting."""
        return [self._take() for _ in range(len(self._queue))]

    def _take(self) -> Message:
        message = self._queue.popleft()
        self._bytes -= len(message.text)
        if message.cursor:
            self.cursors[message.stream] = message.cursor
        return message
