"""Computed values and who watches them: one query for all that changed, whatever the number of watchers."""

import asyncio
import contextlib
import json
import logging
from dataclasses import dataclass, field
from hashlib import blake2s
from typing import Any

from realtime.log import message_text
from realtime.streams import State
from realtime.subscribers import Message, Subscriber
from realtime.threads import in_thread
from realtime.wire import text_frame

logger = logging.getLogger(__name__)


@dataclass
class Board:
    """The latest value of one state on one stream; `watchers` maps each to the tag of the value that it has."""

    watchers: dict[Subscriber, str] = field(default_factory=dict)
    message: Message | None = None
    tag: str = ""
    version: int = 0
    is_dirty: bool = True
    settled: asyncio.Event = field(default_factory=asyncio.Event)  # the value is computed, and still true
    computed_at: float = float("-inf")
    idle_since: float = 0.0


class StateBoards:
    """All boards of one State. A single task computes, so a burst of changes costs one query."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.boards: dict[str, Board] = {}
        self.computations = 0
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def watch(self, stream: str, subscriber: Subscriber) -> None:
        """Add a watcher; the latest value is queued for it, at once where it is still true."""
        board = self.boards.setdefault(stream, Board())
        board.watchers[subscriber] = ""
        if board.settled.is_set() and self._now() - board.computed_at < self.state.max_age:
            self._offer(board)
        else:
            self.touch(stream)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._compute_forever())

    def leave(self, stream: str, subscriber: Subscriber) -> None:
        """Remove a watcher. The board stays warm: a page that polls comes back in seconds."""
        if board := self.boards.get(stream):
            board.watchers.pop(subscriber, None)
            board.idle_since = self._now()

    def drop_cold(self, linger: float) -> None:
        """Forget boards that nobody has watched for `linger` seconds."""
        for name, board in list(self.boards.items()):
            if not board.watchers and self._now() - board.idle_since > linger:
                del self.boards[name]

    def touch(self, stream: str) -> None:
        """What this value is computed from has changed."""
        if board := self.boards.get(stream):
            board.is_dirty = True
            board.settled.clear()
            self._wake.set()

    async def settle(self, stream: str) -> None:
        """Wait until the value that is under way has been computed and queued."""
        if board := self.boards.get(stream):
            await board.settled.wait()

    def tag(self, stream: str, subscriber: Subscriber) -> str:
        """The tag of the value that a watcher has; empty for none."""
        board = self.boards.get(stream)
        return board.watchers.get(subscriber, "") if board else ""

    async def _compute_forever(self) -> None:
        while watched := [name for name, board in self.boards.items() if board.watchers]:
            due = [name for name in watched if self._wait_of(name) <= 0]
            if not due:
                wait = min(self._wait_of(name) for name in watched)
                self._wake.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), wait)
                continue
            try:
                await self._compute(due)
            except Exception:  # one bad figure must not silence the others for good
                logger.exception("state %s of %s could not be computed", self.state.topic, self.state.stream)
                await asyncio.sleep(1)

    async def _compute(self, streams: list[str]) -> None:
        for name in streams:
            self.boards[name].is_dirty = False
            self.boards[name].computed_at = self._now()
        keys = {name.partition(".")[2]: name for name in streams}
        self.computations += 1
        try:
            values = await in_thread(self.state.compute)(list(keys))
        except Exception:
            for name in streams:
                self.touch(name)  # still to be done
            raise
        for key, name in keys.items():
            if (board := self.boards.get(name)) and key in values:
                self._set(board, name, values[key])
            if board and not board.is_dirty:
                board.settled.set()

    def _set(self, board: Board, stream: str, value: Any) -> None:
        """Keep a value, and send it to the watchers that haven't got it."""
        text = json.dumps(value, separators=(",", ":"), default=str)
        tag = blake2s(f"{stream} {self.state.topic} {text}".encode(), digest_size=8).hexdigest()
        if tag != board.tag:
            board.tag, board.version = tag, board.version + 1
            body = message_text("state", stream=stream, key=self.state.topic, seq=board.version)
            latest = f"{stream} {self.state.topic}"
            whole = f'{body[:-1]},"data":{text}}}'
            board.message = Message("state", whole, stream, replaces=latest, frame=text_frame(whole))
        self._offer(board)

    def _offer(self, board: Board) -> None:
        for subscriber, has in board.watchers.items():
            knows = has or (board.tag if board.tag in subscriber.seen else "")
            if board.message and knows != board.tag:
                subscriber.offer(board.message)
            board.watchers[subscriber] = board.tag

    def _wait_of(self, name: str) -> float:
        board = self.boards[name]
        gap = self.state.least_gap if board.is_dirty else self.state.max_age
        return board.computed_at + gap - self._now()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
