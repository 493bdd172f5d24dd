"""How a process joins and leaves the groups of the channel layer.

Channels' group_add() returns when SUBSCRIBE is sent, and a message that somebody publishes after that may still
overtake it in a busy Valkey. So a group is joined when something that was said to it has come back.

What goes on here is never cancelled: a SUBSCRIBE that is cut off closes the line of all groups, and redis-py may
swallow the cancellation. Who waits does so for a second at most, and what they have waited for goes on.
"""

import asyncio
import logging
from collections.abc import Collection
from typing import Any

from redis.exceptions import RedisError

from realtime.feeds import Feed
from realtime.groups import group_of

LAYER_TIMEOUT = 1.0  # seconds that a silent Valkey may hold a subscription
LAYER_ERRORS = (RedisError, OSError, TimeoutError, ValueError)
SAY_AGAIN = 0.05  # seconds
ECHOES = 40  # that don't come back: the group is joined in our own books alone
log = logging.getLogger(__name__)


class Attaching:
    """The groups of one hub, whose channel is known once `has_channel` is set."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer
        self.channel = ""
        self.has_channel = asyncio.Event()
        self.is_away = False  # the layer did not answer the last time
        self._asked_for: set[str] = set()  # streams whose group was asked for and has not been left
        self._joins: dict[str, asyncio.Task[None]] = {}
        self._echoes: dict[str, asyncio.Future[None]] = {}
        self._leaving: asyncio.Task[None] | None = None

    async def open(self) -> str:
        """The channel on which everything arrives."""
        self.channel = self.channel or await self.layer.new_channel()
        self.has_channel.set()
        return self.channel

    async def attach(self, *feeds: Feed) -> None:
        """Join the groups of feeds. Without Valkey the comparison of heads feeds them, and tries again."""
        wanting = [feed for feed in feeds if not feed.is_attached]
        if not wanting or (self.is_away and not self.has_channel.is_set()):
            return
        joins = {feed: self._join(feed.stream) for feed in wanting}
        await asyncio.wait(set(joins.values()), timeout=LAYER_TIMEOUT)
        errors = []
        for feed, join in joins.items():
            error = join.exception() if join.done() else TimeoutError()
            feed.is_attached = error is None
            errors += [error] if error else []
        self.is_away = bool(errors)
        if errors:
            log.warning("the channel layer does not answer: %r", errors[0])

    def _join(self, stream: str) -> asyncio.Task[None]:
        """One at a time for a stream, however many come at once."""
        if not (join := self._joins.get(stream)):
            join = self._joins[stream] = asyncio.create_task(self._join_group(stream))
            join.add_done_callback(lambda join: self._has_joined(stream, join))
        return join

    def _has_joined(self, stream: str, join: asyncio.Task[None]) -> None:
        del self._joins[stream]
        if not join.cancelled():
            join.exception()  # known, whether or not somebody still waits

    async def _join_group(self, stream: str) -> None:
        await self.has_channel.wait()
        self._asked_for.add(stream)
        heard = self._echoes[stream] = asyncio.get_running_loop().create_future()
        try:
            while True:
                await self.layer.group_add(group_of(stream), self.channel)
                if await self._hears(stream, heard):
                    return
                await self.layer.group_discard(group_of(stream), self.channel)
        finally:
            del self._echoes[stream]

    async def _hears(self, stream: str, heard: asyncio.Future[None]) -> bool:
        """Whether an echo has come back, of some."""
        for _ in range(ECHOES):
            await self.layer.group_send(group_of(stream), {"type": "echo", "stream": stream, "to": self.channel})
            await asyncio.wait([heard], timeout=SAY_AGAIN)
            if heard.done():
                return True
        return False

    def hear(self, stream: str, channel: str) -> None:
        """An echo has come: ours, or that of another process."""
        echo = self._echoes.get(stream)
        if channel == self.channel and echo and not echo.done():
            echo.set_result(None)

    def leave_others(self, wanted: Collection[str]) -> None:
        """Begin to leave the groups of all streams but these; what can't be left now is left another time.

        `wanted` is looked at again before each: who comes back meanwhile keeps their group.
        """
        if self._leaving is None or self._leaving.done():
            self._leaving = asyncio.create_task(self._leave_others(wanted))

    async def _leave_others(self, wanted: Collection[str]) -> None:
        for stream in list(self._asked_for):
            if stream in wanted or stream in self._joins:
                continue
            self._asked_for.remove(stream)
            try:
                await self.layer.group_discard(group_of(stream), self.channel)
            except LAYER_ERRORS as error:
                self._asked_for.add(stream)
                log.warning("the channel layer does not answer: %r", error)
                return

    def close(self) -> None:
        for task in (*self._joins.values(), self._leaving):
            if task:
                task.cancel()
