"""The hub, one per process: from the channel layer to every local subscriber.

One channel for the whole process, one group per stream that somebody here follows. A frame is
serialised once per set of topics and queued for its readers; nothing on this path touches the ORM.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterable
from typing import Any

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from realtime.cursors import Cursor
from realtime.feeds import Announce, Feed, Result
from realtime.groups import group_of
from realtime.log import Frame, heads, message_text
from realtime.states import StateBoards
from realtime.streams import registry
from realtime.subscribers import Message, Subscriber
from realtime.threads import in_thread

log = logging.getLogger(__name__)

COMPARE_EVERY = 5.0  # seconds: what a lost message may cost when Valkey forgets
BEAT_EVERY = 25.0  # seconds: what a frame lost on the way to the browser may cost
LINGER = 60.0  # seconds that a feed stays warm without a reader
LAYER_TIMEOUT = 1.0  # seconds that a silent Valkey may hold a subscription
LAYER_ERRORS = (RedisError, OSError, TimeoutError, ValueError)


class Hub:
    """Everything that one event loop serves."""

    def __init__(self) -> None:
        self.layer: Any = get_channel_layer()
        self.feeds: dict[str, Feed] = {}
        self.states = {name: StateBoards(state) for name, state in registry.states.items()}
        self.subscribers: set[Subscriber] = set()
        self.channel = ""
        self._has_channel = asyncio.Event()
        self._layer_is_away = False
        self._tasks = [asyncio.create_task(work()) for work in (self._receive, self._compare, self._beat)]

    async def subscribe(
        self,
        subscriber: Subscriber,
        stream: str,
        topics: frozenset[str],
        *,
        since: Cursor | None,
        announce: Announce = lambda head, result: None,
    ) -> tuple[Cursor, Result]:
        """Start feeding an authorised subscriber. Subscribing again replaces what it had on the stream."""
        self.unsubscribe(subscriber, stream)
        self.subscribers.add(subscriber)
        subscriber.streams.add(stream)
        state_topics = {topic for topic in topics if self.is_state(stream, topic)}
        feed = self.feeds.setdefault(stream, Feed(stream, self._changed))
        feed.joining += 1  # not dropped meanwhile
        try:
            await self._attach(feed)  # first, so that nothing falls between the log and the layer
            joined = await feed.join(subscriber, topics - state_topics, since, announce)
        finally:
            feed.joining -= 1
            feed.idle_since = self._now()
        for topic in state_topics:
            self.states[stream.partition(".")[0], topic].watch(stream, subscriber)
        return joined

    def unsubscribe(self, subscriber: Subscriber, stream: str) -> None:
        subscriber.streams.discard(stream)
        subscriber.cursors.pop(stream, None)
        if feed := self.feeds.get(stream):
            feed.leave(subscriber, self._now())
        for boards in self.states.values():
            boards.leave(stream, subscriber)

    def leave(self, subscriber: Subscriber) -> None:
        """Forget a subscriber whose connection is gone."""
        self.subscribers.discard(subscriber)
        for stream in list(subscriber.streams):
            self.unsubscribe(subscriber, stream)

    def position(self, subscriber: Subscriber, stream: str) -> Cursor | None:
        """How far a subscriber has read: with nothing left in its queue to the head, past what its topics hide."""
        feed = self.feeds.get(stream)
        return feed.head if feed and subscriber.is_drained else subscriber.cursors.get(stream)

    async def _attach(self, *feeds: Feed) -> None:
        """Join the groups of feeds. Without Valkey the comparison of heads feeds them, and tries again."""
        wanting = [feed for feed in feeds if not feed.is_attached]
        if not wanting or (self._layer_is_away and not self._has_channel.is_set()):
            return
        try:
            async with asyncio.timeout(LAYER_TIMEOUT):
                await self._has_channel.wait()
                for feed in wanting:
                    await self.layer.group_add(group_of(feed.stream), self.channel)
                    feed.is_attached = True
        except LAYER_ERRORS as error:
            self._layer_is_away = True
            log.warning("the channel layer does not answer: %r", error)
        else:
            self._layer_is_away = False

    def _changed(self, stream: str, types: Iterable[str]) -> None:
        for state in registry.states_of(stream, types):
            self.states[state.stream, state.topic].touch(stream)

    async def _receive(self) -> None:
        while True:
            try:
                if not self.channel:
                    self.channel = await self.layer.new_channel()
                    self._has_channel.set()
                self._handle(await self.layer.receive(self.channel))
            except LAYER_ERRORS as error:
                log.warning("a message from the channel layer was dropped: %r", error)
                await asyncio.sleep(0.2)
            except Exception:  # forged: nobody but the relay should be able to write here
                log.exception("a message from the channel layer could not be handled")

    def _handle(self, message: dict[str, Any]) -> None:
        """Only the relay's two kinds of message are known; a stream nobody follows is not ours."""
        if message["type"] == "frame":
            frame = Frame(*message["frame"])
            if feed := self.feeds.get(frame.stream):
                feed.push(frame)
        elif message["type"] == "touch":
            for boards in self.states.values():
                boards.touch(message["stream"])

    async def _compare(self) -> None:
        """Every few seconds: read the heads of all feeds with one query, whatever the layer has brought."""
        while True:
            await asyncio.sleep(COMPARE_EVERY)
            try:
                names = [name for name in self.feeds if self._is_logged(name)]
                if names:
                    for name, head in (await in_thread(heads)(names)).items():
                        if feed := self.feeds.get(name):
                            await feed.compare(head)
            except Exception:  # the database is away: sockets stay, the next round finds what is missing
                log.exception("heads could not be compared")
            await self._attach(*self.feeds.values())
            await self._drop_cold()

    async def _drop_cold(self) -> None:
        """Forget feeds and figures that nobody has followed for a while."""
        for boards in self.states.values():
            boards.drop_cold(LINGER)
        cold = [f for f in self.feeds.values() if not f.is_watched and self._now() - f.idle_since > LINGER]
        for feed in cold:
            del self.feeds[feed.stream]
        try:
            async with asyncio.timeout(LAYER_TIMEOUT):
                for feed in cold:
                    await self.layer.group_discard(group_of(feed.stream), self.channel)
        except LAYER_ERRORS as error:  # messages for a stream that nobody follows are dropped on arrival
            log.warning("the channel layer does not answer: %r", error)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_EVERY)
            for subscriber in list(self.subscribers):
                known = {
                    name: str(feed.head) for name in subscriber.streams if (feed := self.feeds.get(name)) and feed.head
                }
                subscriber.offer(Message("beat", message_text("beat", time=time.time(), heads=known)))

    def is_state(self, stream: str, topic: str) -> bool:
        """Whether a topic carries a computed value instead of the log."""
        return (stream.partition(".")[0], topic) in self.states

    async def settle(self, subscriber: Subscriber) -> None:
        """Wait until every state that the subscriber watches has been computed and queued for it."""
        for boards in self.states.values():
            for stream in list(subscriber.streams):
                await boards.settle(stream)

    def tags(self, subscriber: Subscriber) -> list[str]:
        """Tags of the state values that the subscriber has."""
        tags = (boards.tag(stream, subscriber) for boards in self.states.values() for stream in subscriber.streams)
        return sorted(filter(None, tags))

    def _is_logged(self, name: str) -> bool:
        stream = registry.stream(name)
        return stream is not None and stream.is_logged

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks, return_exceptions=True)


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
