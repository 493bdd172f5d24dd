"""A feed: one stream in one process, always without a hole, handed to its audiences."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from realtime import log as event_log
from realtime.counters import Counters
from realtime.cursors import Cursor
from realtime.log import Frame, frame_text, message_text, seen_by
from realtime.metering import meter
from realtime.streams import INVALIDATE
from realtime.subscribers import Message, Subscriber, in_pieces
from realtime.threads import in_thread
from realtime.wire import text_frame

logger = logging.getLogger(__name__)

REMEMBERED = event_log.MOST_REPLAYED  # events a feed keeps, so that a phone that blinked costs no query

# A write costs a socket the same for one frame as for five. So a feed whose crowd takes long to write to rests after
# it, and what comes meanwhile goes out together: a bar of thirty rests for some ms, one of a thousand for the longest.
REST = 15  # times as long as the last hand-out took: one stream takes a sixteenth of the process
LONGEST_REST = 0.025  # seconds

Result = Literal["live", "resumed", "reset"]
Seen = Callable[[str, set[str]], None]
ReadHead = Callable[[str], Awaitable[Cursor]]
Announce = Callable[[Cursor, Result], Message | None]


@dataclass
class Audience:
    """Subscribers who get the same topics, so the same text."""

    topics: frozenset[str]
    prev: int
    members: set[Subscriber] = field(default_factory=set)


class Feed:
    """The head as this process knows it, the last frames, and who listens.

    Frames come as hints from the channel layer: lost, repeated or out of order they still reach
    every audience exactly once and in order, because a number that doesn't follow is read from
    the log instead. Who waits for the log holds the lock; frames that find it free and follow
    the last one wait for nothing but the rest of the feed.
    """

    def __init__(self, stream: str, on_frame: Seen, read_head: ReadHead, counters: Counters | None = None) -> None:
        self.stream = stream
        self.on_frame, self.read_head = on_frame, read_head
        self.counters = counters or Counters()
        self.head: Cursor | None = None
        self.recent: deque[Frame] = deque()  # without a hole, up to the head
        self.has_read_back = False  # recent holds all that anybody is replayed
        self.audiences: dict[frozenset[str], Audience] = {}
        self.lock = asyncio.Lock()
        self.is_attached = False  # to its group in the channel layer
        self.pins = 0  # who needs it without being an audience: those on their way in, and the guards
        self.idle_since = 0.0
        self._inbox: list[Frame] = []
        self._turn: asyncio.TimerHandle | None = None  # when what has come is handed out
        self._rests_until = 0.0
        self._reader: asyncio.Task[None] | None = None

    @property
    def is_watched(self) -> bool:
        return self.pins > 0 or any(audience.members for audience in self.audiences.values())

    async def join(
        self, subscriber: Subscriber, topics: frozenset[str], since: Cursor | None, announce: Announce
    ) -> tuple[Cursor, Result]:
        """Add a subscriber at its cursor: queues what `announce` says, then what it has missed, then lives."""
        async with self.lock:
            if self.head is None or (since and since.seq > self.head.seq):
                await self._catch_up()
            head = self.head
            assert head is not None
            result, missed = await self._missed(since, head)
            if message := announce(head, result):
                subscriber.offer(message)
            subscriber.cursors[self.stream] = since if result == "resumed" and since else head
            audience = self.audiences.setdefault(topics, Audience(topics, head.seq))
            audience.members.add(subscriber)
            prev = since.seq if since and result == "resumed" else head.seq
            prev = self._hand({subscriber}, topics, missed, prev)
            audience.prev = min(audience.prev, prev)  # never more than the least of its members was sent
            return head, result

    async def start(self) -> None:
        """Know the head: from here on no event passes unseen."""
        async with self.lock:
            if self.head is None:
                await self._catch_up()

    def leave(self, subscriber: Subscriber, now: float) -> None:
        for topics, audience in list(self.audiences.items()):
            audience.members.discard(subscriber)
            if not audience.members:
                del self.audiences[topics]
        if not self.audiences:
            self.idle_since = now

    def push(self, frame: Frame) -> None:
        """Take a frame from the channel layer without waiting, so that no feed holds up another."""
        self._inbox.append(frame)
        if self._turn is None:
            rest = max(0.0, self._rests_until - time.monotonic())
            self._turn = asyncio.get_running_loop().call_later(rest, self._take_turn)

    def _take_turn(self) -> None:
        self._turn = None
        if not self.lock.locked():
            frames, self._inbox = self._inbox, []
            try:
                self._advance(frames)
                self._inbox = [frame for frame in frames if self._lacks(frame)]
            except Exception:  # forged: nobody but the relay should be able to write here
                self.counters.dropped += 1
                logger.exception("frames of stream %s could not be handed out", self.stream)
        if self._inbox and (self._reader is None or self._reader.done()):
            self._reader = asyncio.create_task(self._read_inbox())

    async def _read_inbox(self) -> None:
        try:
            while self._inbox:
                frames, self._inbox = self._inbox, []
                await self.receive(*frames)
        except Exception:  # the database is away: the comparison of heads makes up for it
            self._inbox.clear()
            logger.exception("stream %s could not catch up", self.stream)

    async def receive(self, *frames: Frame) -> None:
        """Take frames, or the hint that there are some, in their turn."""
        async with self.lock:
            self._advance(frames)
            if any(self._lacks(frame) for frame in frames):
                await self._catch_up()

    def _follows(self, frame: Frame) -> bool:
        return self.head is not None and (frame.epoch, frame.first) == (self.head.epoch, self.head.seq + 1)

    def _lacks(self, frame: Frame) -> bool:
        return self.head is None or frame.epoch != self.head.epoch or frame.last > self.head.seq

    def is_behind(self, head: Cursor) -> bool:
        """Whether Postgres, which had this head a moment ago, has more than ever arrived here."""
        return self.head is not None and (head.epoch != self.head.epoch or head.seq > self.head.seq)

    async def compare(self, head: Cursor, frames: Iterable[Frame] = ()) -> None:
        """Told a head that Postgres had: take what never arrived from `frames`, or read it."""
        async with self.lock:
            self._advance(frames)
            if self.is_behind(head):
                await self._catch_up()

    async def _catch_up(self) -> None:
        """Read the log from where this feed stands; call under the lock."""
        if self.head is None:
            self.head = await self.read_head(self.stream)
            return
        head, frames = await read_log(self.stream, self.head)
        if frames is None:
            self._reset(head, "epoch" if head.epoch != self.head.epoch else "trimmed")
        else:
            self._advance(frames)

    async def _missed(self, since: Cursor | None, head: Cursor) -> tuple[Result, list[Frame]]:
        if since is None:
            return "live", []
        if since.seq > head.seq or (since.epoch not in (head.epoch, "0")):
            return "reset", []
        if since.seq == head.seq:
            return "resumed", []
        if not self._remembers(since) and not self.has_read_back:
            self.recent = deque(await read_latest(self.stream, head))
            self.has_read_back = True  # one query for all who come back
        if not self._remembers(since):
            return "reset", []
        return "resumed", [frame for frame in self.recent if frame.last > since.seq]

    def _remembers(self, since: Cursor) -> bool:
        return bool(self.recent) and self.recent[0].first <= since.seq + 1

    def _advance(self, frames: Iterable[Frame]) -> None:
        """Take those that follow, one after the other, and hand them out together."""
        if not (taken := [frame for frame in frames if self._follows(frame) and self._remember(frame)]):
            return
        began = time.monotonic()
        for topics, audience in self.audiences.items():
            audience.prev = self._hand(audience.members, topics, taken, audience.prev)
        ended = time.monotonic()
        self._rests_until = ended + min(LONGEST_REST, REST * (ended - began))
        self.on_frame(self.stream, {type_ for frame in taken for type_ in frame.types})

    def _remember(self, frame: Frame) -> bool:
        self.counters.saw(datetime.fromisoformat(frame.at).timestamp())
        self.head = Cursor(frame.epoch, frame.last)
        self.recent.append(frame)
        while frame.last - self.recent[0].last >= REMEMBERED:
            self.recent.popleft()
        return True

    def _hand(self, members: set[Subscriber], topics: frozenset[str], frames: Iterable[Frame], prev: int) -> int:
        """Queue frames for their readers; returns the number they have been sent last."""
        messages: list[Message] = []
        for frame in frames:
            if shown := seen_by(frame, topics):
                text, cursor = frame_text(frame, shown, prev), Cursor(frame.epoch, frame.last)
                messages.append(Message("frame", text, self.stream, cursor, frame=text_frame(text)))
                prev = frame.last
        for piece, whole in in_pieces(messages):
            for subscriber in members:
                subscriber.offer_all(piece, whole)
        self.counters.messages += len(messages) * len(members)
        meter.handed(self.stream, len(messages) * len(members), sum(len(one.frame) for one in messages) * len(members))
        return prev

    def sent_to(self, subscriber: Subscriber) -> int | None:
        """The number of the last frame for this subscriber; None for who isn't one, or not yet."""
        return next((one.prev for one in self.audiences.values() if subscriber in one.members), None)

    def tell(self, topic: str, message: Message) -> None:
        """Queue a message that isn't of the log for those who listen to a topic."""
        for topics, audience in self.audiences.items():
            if topic in topics:
                for subscriber in audience.members:
                    subscriber.offer(message)

    def _reset(self, head: Cursor, reason: str) -> None:
        self.head = head
        self.recent.clear()
        self.has_read_back = False
        text = message_text("reset", stream=self.stream, epoch=head.epoch, seq=head.seq, reason=reason)
        for audience in self.audiences.values():
            audience.prev = head.seq
            for subscriber in audience.members:
                subscriber.offer(Message("reset", text, self.stream, head))
        self.on_frame(self.stream, {INVALIDATE})


@in_thread
def read_log(stream: str, known: Cursor) -> tuple[Cursor, list[Frame] | None]:
    """The head, and the frames between what is known and it (None: not to be had, reset)."""
    head = event_log.heads([stream])[stream]
    if known.epoch != head.epoch or known.seq > head.seq:
        return head, None
    return head, event_log.frames_between(stream, known.seq, head)


read_latest: Callable[[str, Cursor], Awaitable[list[Frame]]] = in_thread(event_log.latest_frames)
