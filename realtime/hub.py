"""The hub, one per process: from the channel layer to every local subscriber.

One channel for the whole process, one group per stream that somebody here follows. A frame is
serialised once per set of topics and queued for its readers; nothing on this path touches the ORM.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from itertools import cycle
from typing import Any, TypeVar

from channels.layers import get_channel_layer

from realtime import clock
from realtime.attaching import LAYER_ERRORS, LAYER_TIMEOUT, Attaching
from realtime.batches import Batch
from realtime.connections import Connection
from realtime.counters import Counters
from realtime.cursors import Cursor
from realtime.feeds import Announce, Feed, Result
from realtime.fullness import Fullness
from realtime.groups import group_of
from realtime.guards import Guards
from realtime.keeper import BEAT_TURNS, keep
from realtime.limits import Full, Leases
from realtime.log import Frame, heads_in_turn, message_text
from realtime.presence import Presence
from realtime.states import States
from realtime.streams import PRESENCE, registry
from realtime.subscribers import Message, Subscriber
from realtime.valkey import Valkey

Q = TypeVar("Q")
A = TypeVar("A")
log = logging.getLogger(__name__)

CLOSE_AGAIN = 0.5  # seconds


class Hub:
    """Everything that one event loop serves. Its housekeeping, which starts with it, is realtime/keeper.py."""

    def __init__(self) -> None:
        self.layer: Any = get_channel_layer()
        self.groups = Attaching(self.layer)
        self.valkey = Valkey()
        self.counters = Counters()
        self._batches: dict[Callable[..., Any], Batch[Any, Any]] = {}
        self.leases = Leases(self.valkey)
        self.presence = Presence(self.valkey)
        self.fullness = Fullness(self.valkey)
        self.guards = Guards(self.pin, self.counters)
        self.feeds: dict[str, Feed] = {}
        self.states = States(self.valkey, self.feeds, self.counters)
        self.subscribers: set[Subscriber] = set()
        self.started_at = clock.now().timestamp()
        self.next_look = 0.0
        self.charged_at = time.monotonic()  # until when connections have been charged to their streams
        self.turns = cycle(range(BEAT_TURNS))
        self.is_draining = False
        self.is_emergency = False  # an operator has sent everybody to polling
        self._hints: set[str] = set()
        self._background: set[asyncio.Task[None]] = set()
        self._tasks = [asyncio.create_task(self._receive()), *keep(self)]

    def batch(self, answer: Callable[[list[Q]], Sequence[A | Exception]]) -> Batch[Q, A]:
        """The batch of this process that asks `answer`, a function of a module."""
        return self._batches.setdefault(answer, Batch(answer))

    async def open(self, connection: Connection) -> None:
        """Watch over a connection. Authorise after it: from here on a change of access is seen."""
        self.subscribers.add(connection)
        await self.guards.add(connection)

    async def admit(self, connection: Connection, streams: Iterable[str]) -> Full | None:
        """Count a connection on streams it may follow, or say what has no room for it: it polls then."""
        if self.is_emergency and connection.is_live:
            return Full("emergency", 0)
        full = await self.leases.take(connection, streams)
        if full:
            self.counters.refused[full.scope.partition(".")[0]] += 1
            self._soon(self.fullness.found(full))
        return full

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that nobody waits for."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    @property
    def is_alone(self) -> bool:
        """Valkey is away: nothing comes but what is read from Postgres."""
        return self.valkey.is_away or self.groups.is_away

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
        self._stop_feeding(subscriber, stream)
        self.subscribers.add(subscriber)
        subscriber.streams[stream] = topics
        logged = frozenset(topic for topic in topics if registry.is_logged_topic(stream.partition(".")[0], topic))
        feed = await self.pin(stream, start=False)
        try:
            joined = await feed.join(subscriber, logged, since, announce)
        finally:
            feed.pins -= 1
            feed.idle_since = self._now()
        self.counters.joined[joined[1]] += 1
        for topic in topics - logged - {PRESENCE}:
            self.states[stream.partition(".")[0], topic].watch(stream, subscriber)
        if PRESENCE in topics:
            await self.presence.watch(stream, subscriber)
        self._hint(stream)
        return joined

    async def pin(self, stream: str, *, start: bool = True) -> Feed:
        """A feed that isn't dropped until its pins are taken off; with `start` its head is known, too."""
        feed = self.feeds.setdefault(stream, Feed(stream, self._changed, self.batch(heads_in_turn).ask, self.counters))
        feed.pins += 1
        try:
            await self.groups.attach(feed)  # first, so that nothing falls between the log and the layer
            if start:
                await feed.start()
        except BaseException:
            feed.pins -= 1
            raise
        return feed

    def unsubscribe(self, subscriber: Subscriber, stream: str) -> None:
        self._stop_feeding(subscriber, stream)
        self._hint(stream)

    def _stop_feeding(self, subscriber: Subscriber, stream: str) -> None:
        subscriber.streams.pop(stream, None)
        subscriber.cursors.pop(stream, None)
        if feed := self.feeds.get(stream):
            feed.leave(subscriber, self._now())
        for boards in self.states.values():
            boards.leave(stream, subscriber)
        self.presence.leave(stream, subscriber)

    async def leave(self, subscriber: Subscriber) -> None:
        """Forget a subscriber whose connection is gone."""
        self.subscribers.discard(subscriber)
        streams = list(subscriber.streams)
        for stream in streams:
            self._stop_feeding(subscriber, stream)
        if isinstance(subscriber, Connection):
            if subscriber.close_code:
                self.counters.closes[subscriber.close_code] += 1
            self.guards.remove(subscriber)
            self.leases.give_back(subscriber)
        for stream in streams:
            self._hint(stream)

    def position(self, subscriber: Subscriber, stream: str) -> Cursor | None:
        """How far a subscriber has read: with nothing left in its queue to the head, past what its topics hide."""
        feed = self.feeds.get(stream)
        return feed.head if feed and subscriber.is_drained else subscriber.cursors.get(stream)

    async def signal(self, stream: str, topic: str, name: str, told: Any) -> None:
        """Tell those who listen to a topic now, in every process; nothing keeps it. Lost where Valkey is away."""
        text = message_text("signal", stream=stream, name=name, data=told)
        await self._say({"type": "signal", "stream": stream, "topic": topic, "text": text})

    async def settle(self, subscriber: Subscriber) -> None:
        """Wait until every state that the subscriber watches has been computed and queued for it."""
        for boards in self.states.values():
            for stream in list(subscriber.streams):
                await boards.settle(stream)

    def tags(self, subscriber: Subscriber) -> list[str]:
        """Tags of the state values that the subscriber has."""
        tags = (boards.tag(stream, subscriber) for boards in self.states.values() for stream in subscriber.streams)
        return sorted(filter(None, tags))

    def _hint(self, stream: str) -> None:
        """Who is here has changed: watchers in every process will look again, soon and together."""
        declared = registry.stream(stream)
        if declared and declared.most_live:
            self._hints.add(stream)

    async def say_hints(self) -> None:
        """Pass on what has been hinted since the last time."""
        hints, self._hints = self._hints, set()
        for stream in hints:
            await self._say({"type": "presence", "stream": stream})

    async def _say(self, message: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(LAYER_TIMEOUT):
                await self.layer.group_send(group_of(message["stream"]), message)
        except LAYER_ERRORS as error:
            log.warning("the channel layer does not answer: %r", error)

    def _changed(self, stream: str, types: Iterable[str]) -> None:
        for state in registry.states_of(stream, types):
            self.states[state.stream, state.topic].touch(stream)
        self.guards.saw(stream, types)

    async def _receive(self) -> None:
        while True:
            try:
                self._handle(await self.layer.receive(await self.groups.open()))
            except LAYER_ERRORS as error:
                log.warning("a message from the channel layer was dropped: %r", error)
                await asyncio.sleep(0.2)
            except Exception:  # forged: nobody but relay and hubs should be able to write here
                self.counters.dropped += 1
                log.exception("a message from the channel layer could not be handled")

    def _handle(self, message: dict[str, Any]) -> None:
        """Five kinds of message are known; a stream nobody follows is not ours."""
        match message["type"]:
            case "frame":
                frame = Frame(*message["frame"])
                if feed := self.feeds.get(frame.stream):
                    feed.push(frame)
            case "touch":
                self.states.hear(message["stream"], message.get("cursor"))
            case "signal":
                if feed := self.feeds.get(message["stream"]):
                    self.counters.signals += 1
                    feed.tell(message["topic"], Message("signal", message["text"], message["stream"]))
            case "echo":
                self.groups.hear(message["stream"], message["to"])
            case "presence":
                self.presence.hinted.add(message["stream"])
            case unknown:
                raise ValueError(f"{unknown!r} is no message of ours")

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def close(self) -> None:
        """End what runs in the background, however often it has to be told: redis-py may swallow a cancellation."""
        while alive := [task for task in self._tasks if not task.done()]:
            for task in alive:
                task.cancel()
            await asyncio.wait(alive, timeout=CLOSE_AGAIN)
        self.groups.close()
        await self.valkey.close()


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


def running_hubs() -> list[tuple[asyncio.AbstractEventLoop, Hub]]:
    """All hubs of this process, each with the loop that it lives on."""
    return list(_hubs.items())
