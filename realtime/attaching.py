"""How a process joins and leaves the groups of the channel layer.

Channels' group_add() returns when SUBSCRIBE is sent, and a message that somebody publishes after that may still
overtake it in a busy Valkey. So a group is joined when something that was said to it has come back.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from typing import Any

from redis.exceptions import RedisError

from realtime.feeds import Feed
from realtime.groups import group_of

LAYER_TIMEOUT = 1.0  # seconds that a silent Valkey may hold a subscription
LAYER_ERRORS = (RedisError, OSError, TimeoutError, ValueError)
SAY_AGAIN = 0.05  # seconds
log = logging.getLogger(__name__)


class Attaching:
    """The groups of one hub, whose channel is known once `has_channel` is set."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer
        self.channel = ""
        self.has_channel = asyncio.Event()
        self.is_away = False  # the layer did not answer the last time
        self._joins: dict[str, asyncio.Task[None]] = {}
        self._echoes: dict[str, asyncio.Event] = {}

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
        try:
            await asyncio.gather(*(asyncio.shield(self._join(feed)) for feed in wanting))
        except LAYER_ERRORS as error:
            self.is_away = True
            log.warning("the channel layer does not answer: %r", error)
        else:
            self.is_away = False

    def _join(self, feed: Feed) -> asyncio.Task[None]:
        """One at a time for a stream, however many come at once."""
        if not (join := self._joins.get(feed.stream)):
            join = self._joins[feed.stream] = asyncio.create_task(self._join_group(feed))
            join.add_done_callback(lambda _: self._joins.pop(feed.stream))
        return join

    async def _join_group(self, feed: Feed) -> None:
        async with asyncio.timeout(LAYER_TIMEOUT):
            await self.has_channel.wait()
            await self.layer.group_add(group_of(feed.stream), self.channel)
            await self._hear_echo(feed.stream)
        feed.is_attached = True

    async def _hear_echo(self, stream: str) -> None:
        heard = self._echoes[stream] = asyncio.Event()
        try:
            while not heard.is_set():
                await self.layer.group_send(group_of(stream), {"type": "echo", "stream": stream, "to": self.channel})
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SAY_AGAIN):
                        await heard.wait()
        finally:
            del self._echoes[stream]

    def hear(self, stream: str, channel: str) -> None:
        """An echo has come: ours, or that of another process."""
        if channel == self.channel and (echo := self._echoes.get(stream)):
            echo.set()

    async def detach(self, feeds: Iterable[Feed]) -> None:
        """Leave the groups of feeds. What comes for a stream that nobody follows is dropped on arrival."""
        try:
            async with asyncio.timeout(LAYER_TIMEOUT):
                for feed in feeds:
                    await self.layer.group_discard(group_of(feed.stream), self.channel)
        except LAYER_ERRORS as error:
            log.warning("the channel layer does not answer: %r", error)

    def close(self) -> None:
        for join in self._joins.values():
            join.cancel()
