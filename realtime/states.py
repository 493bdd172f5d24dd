"""Computed values and who watches them: one query for all that changed, whatever the number of watchers."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2s
from typing import TYPE_CHECKING, Any

from realtime.counters import Counters
from realtime.cursors import Cursor
from realtime.log import message_text
from realtime.metering import meter
from realtime.sharing import LOOK_AGAIN, PATIENCE, Known, Shared, Value, reaches
from realtime.streams import State, registry
from realtime.subscribers import Message, Subscriber
from realtime.threads import in_thread
from realtime.valkey import Valkey
from realtime.wire import text_frame

if TYPE_CHECKING:
    from realtime.feeds import Feed

logger = logging.getLogger(__name__)


@dataclass
class Board:
    """The latest value of one state on one stream; `watchers` maps each to the tag of the value that it has."""

    watchers: dict[Subscriber, str] = field(default_factory=dict)
    message: Message | None = None
    tag: str = ""
    version: int = 0
    is_dirty: bool = True
    needs: Cursor | None = None  # how far a value must reach: to the last change that has been heard of
    settled: asyncio.Event = field(default_factory=asyncio.Event)  # the value is computed, and still true
    computed_at: float = float("-inf")
    waits_since: float | None = None  # another process computes
    looks_at: float = 0.0
    idle_since: float = 0.0

    def has_waited(self, now: float) -> bool:
        """As long as it may for another process."""
        return self.waits_since is not None and now - self.waits_since >= PATIENCE

    def wait(self, now: float) -> None:
        """Another process computes: look again in a moment."""
        self.waits_since = now if self.waits_since is None else self.waits_since
        self.looks_at = now + LOOK_AGAIN


class StateBoards:
    """All boards of one State. A single task computes, so a burst of changes costs one query.

    `shared` is where processes leave their values for each other.
    """

    def __init__(self, state: State, shared: Shared | None = None, counters: Counters | None = None) -> None:
        self.state, self.shared, self.counters = state, shared, counters or Counters()
        self.boards: dict[str, Board] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def watch(self, stream: str, subscriber: Subscriber) -> None:
        """Add a watcher; the latest value is queued for it, at once where it is still true."""
        if stream not in self.boards:
            self.boards[stream] = Board(needs=self._known(stream))
        board = self.boards[stream]
        board.watchers[subscriber] = ""
        if board.settled.is_set() and self._now() - board.computed_at < self.state.max_age:
            self._hand(board, subscriber)
        else:
            board.settled.clear()
            self._wake.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._renew_forever())

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
            board.is_dirty, board.needs = True, self._known(stream)
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

    async def _renew_forever(self) -> None:
        while watched := [name for name, board in self.boards.items() if board.watchers]:
            due = [name for name in watched if self._wait_of(name) <= 0]
            if not due:
                wait = min(self._wait_of(name) for name in watched)
                self._wake.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), wait)
                continue
            try:
                if mine := await self._take(due):
                    await self._compute(mine)
            except Exception:  # one bad figure must not silence the others for good
                logger.exception("state %s of %s could not be computed", self.state.topic, self.state.stream)
                await asyncio.sleep(1)

    async def _take(self, due: list[str]) -> list[str]:
        """Take what other processes have computed, or wait a little for it; returns what is left to compute here."""
        now = self._now()
        wanted = {name: board.needs for name in due if (board := self.boards[name]).needs and not board.has_waited(now)}
        found = await self.shared.look(wanted, self.state.max_age) if self.shared and wanted else {}
        for name in found.keys() & self.boards.keys():
            if value := found[name]:
                self._took(self.boards[name], name, value, now)
            else:
                self.boards[name].wait(now)
        return [name for name in due if name in self.boards and name not in found]

    def _took(self, board: Board, stream: str, value: Value, now: float) -> None:
        """What changed while Valkey was asked may be in the value, or not: then it is due again after the gap."""
        board.waits_since, board.computed_at = None, now - value.age
        board.is_dirty = not reaches(value.known, board.needs)
        self.counters.states_taken += 1
        self._set(board, stream, value.text)
        if not board.is_dirty:
            board.settled.set()

    async def _compute(self, streams: list[str]) -> None:
        began, known = self._now(), {name: self._known(name) for name in streams}
        for name in streams:
            board = self.boards[name]
            board.is_dirty, board.computed_at, board.waits_since = False, began, None
        keys = {name.partition(".")[2]: name for name in streams}
        try:
            values = await in_thread(self.state.compute)(list(keys))
        except Exception:
            for name in streams:
                self.touch(name)  # still to be done
            raise
        self.counters.states_computed += len(values)
        texts = {keys[one]: json.dumps(value, separators=(",", ":"), default=str) for one, value in values.items()}
        self._keep(streams, texts)
        if self.shared:
            told = {name: (cursor, text) for name, text in texts.items() if (cursor := known[name])}
            await self.shared.put(told, self._now() - began, self.state.max_age)

    def _keep(self, streams: list[str], texts: Mapping[str, str]) -> None:
        for name in streams:
            if not (board := self.boards.get(name)):
                continue
            if name in texts:
                self._set(board, name, texts[name])
            if not board.is_dirty:
                board.settled.set()

    def _set(self, board: Board, stream: str, text: str) -> None:
        """Keep a value, and send it to the watchers that haven't got it."""
        tag = blake2s(f"{stream} {self.state.topic} {text}".encode(), digest_size=8).hexdigest()
        if tag != board.tag:
            board.tag, board.version = tag, board.version + 1
            body = message_text("state", stream=stream, key=self.state.topic, seq=board.version)
            latest = f"{stream} {self.state.topic}"
            whole = f'{body[:-1]},"data":{text}}}'
            board.message = Message("state", whole, stream, replaces=latest, frame=text_frame(whole))
        for subscriber, has in board.watchers.items():
            if has != tag:
                self._hand(board, subscriber)

    def _hand(self, board: Board, subscriber: Subscriber) -> None:
        """Answer a watcher with the value, unless it says itself that it has it."""
        has = board.watchers[subscriber]
        knows = has or (board.tag if board.tag in subscriber.seen else "")
        if board.message and knows != board.tag:
            subscriber.offer(board.message)
            meter.handed(board.message.stream, 1, len(board.message.frame))
        board.watchers[subscriber] = board.tag
        self.counters.states += 1

    def _wait_of(self, name: str) -> float:
        board = self.boards[name]
        if board.waits_since is not None:
            return board.looks_at - self._now()
        gap = self.state.least_gap if board.is_dirty else self.state.max_age
        return board.computed_at + gap - self._now()

    def _known(self, stream: str) -> Cursor | None:
        return self.shared.known.of(stream) if self.shared else None

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


class States(dict[tuple[str, str], StateBoards]):
    """The boards of every state that is declared, by the kind of its stream and its topic, for one process."""

    def __init__(self, valkey: Valkey, feeds: Mapping[str, "Feed"], counters: Counters) -> None:
        self._known = Known(feeds)
        super().__init__(
            (name, StateBoards(state, Shared(valkey, state.topic, self._known), counters))
            for name, state in registry.states.items()
        )

    def hear(self, stream: str, cursor: list[Any] | None) -> None:
        """The relay has touched a stream that has no log of its own."""
        self._known.hear(stream, cursor)
        for boards in self.values():
            boards.touch(stream)
