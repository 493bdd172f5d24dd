"""A subscriber: what the hub writes to, whatever the transport that reads from it."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from realtime.cursors import Cursor

MOST_BYTES = 256 * 1024  # queued for one reader; one that is slower than this resumes later
PIECE = 64 * 1024  # bytes that are written to a socket with one call

TOO_SLOW = 4108


class Message(NamedTuple):
    """One message of the protocol. `stream` and `cursor` say where its reader stands after it.

    Of messages with the same `replaces` only the latest waits: a slow reader skips the figures in between.
    `frame` is the text as a WebSocket frame, for what goes to many.
    """

    type: str
    text: str
    stream: str = ""
    cursor: Cursor | None = None
    replaces: str = ""
    frame: bytes = b""


def in_pieces(messages: Iterable[Message]) -> Iterator[tuple[list[Message], bytes]]:
    """Messages that go to many, a few at a time, each few with their frames in one."""
    piece: list[Message] = []
    size = 0
    for message in messages:
        if piece and size + len(message.frame) > PIECE:
            yield piece, b"".join(one.frame for one in piece)
            piece, size = [], 0
        piece.append(message)
        size += len(message.frame)
    if piece:
        yield piece, b"".join(one.frame for one in piece)


class Subscriber:
    """A bounded queue. `offer` never waits, so that one slow phone can't hold up a bar."""

    def __init__(self, seen: Iterable[str] = ()) -> None:
        """`seen` holds tags of state values that the reader has already: they are not sent again."""
        self.seen = frozenset(seen)
        self._queue: deque[Message] = deque()
        self._latest: dict[str, Message] = {}  # of what replaces; its first stands in the queue for its turn
        self._bytes = 0
        self._ready = asyncio.Event()
        self.close_code = 0
        self.farewell: Message | None = None
        self.write: Callable[[bytes], bool] | None = None  # the short way, where the transport has one
        self.on_close: Callable[[], object] | None = None
        self.is_sending = False  # the reader carries something that must not be overtaken
        self.streams: dict[str, frozenset[str]] = {}  # and the topics it gets of each
        self.cursors: dict[str, Cursor] = {}

    @property
    def is_drained(self) -> bool:
        """All that was ever queued has been read."""
        return not self._queue and not self.close_code

    def offer(self, message: Message) -> None:
        """Queue a message, or write it at once where nothing is before it; one too many closes the subscriber."""
        if self.close_code or self._is_written(message, message.frame):
            return
        self._bytes += len(message.text)
        if message.replaces:
            older = self._latest.get(message.replaces)
            self._latest[message.replaces] = message
            if older:
                self._bytes -= len(older.text)
                return
        if self._bytes > MOST_BYTES:
            self.close(TOO_SLOW)
            return
        self._queue.append(message)
        self._ready.set()

    def offer_all(self, messages: Sequence[Message], whole: bytes) -> None:
        """Offer messages of one stream. `whole` is their frames in one, so that a socket costs one write."""
        if not self.close_code and self._is_written(messages[-1], whole):
            return
        for message in messages:
            self.offer(message)

    def _is_written(self, last: Message, frames: bytes) -> bool:
        """Whether the frames that end with the one of `last` have gone the short way."""
        if not (self.write and frames) or self.is_sending or self._queue or not self.write(frames):
            return False
        if last.cursor:
            self.cursors[last.stream] = last.cursor
        return True

    def close(self, code: int, farewell: Message | None = None) -> None:
        """Drop what is queued and end the reader with this close code, after one last message."""
        if self.close_code:
            return
        self.close_code, self.farewell = code, farewell
        self._queue.clear()
        self._latest.clear()
        self._ready.set()
        if self.on_close:
            self.on_close()

    async def next(self) -> Message | None:
        """The next message, or None once closed. For one reader."""
        while not self._queue and not self.close_code:
            self._ready.clear()
            await self._ready.wait()
        return None if self.close_code else self._take()

    async def next_few(self) -> list[Message]:
        """What is queued, as much as is written with one call; nothing once closed. For one reader."""
        first = await self.next()
        few, size = [first] if first else [], len(first.text) if first else 0
        while self._queue and (size := size + len(self._queue[0].text)) <= PIECE:
            few.append(self._take())
        return few

    def pending(self) -> list[Message]:
        """All that is queued now, without waiting."""
        return [self._take() for _ in range(len(self._queue))]

    def _take(self) -> Message:
        message = self._queue.popleft()
        if message.replaces:
            message = self._latest.pop(message.replaces)
        self._bytes -= len(message.text)
        if message.cursor:
            self.cursors[message.stream] = message.cursor
        return message
