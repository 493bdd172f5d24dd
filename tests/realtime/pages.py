"""A page as the hub sees it, and commits as a feed hears of them."""

import asyncio
import json
import time

from channels.db import database_sync_to_async

from realtime.log import frames_between, heads, message_text
from realtime.subscribers import Message, Subscriber
from tests.realtime.numbering import stage
from tests.sessions import session

ALL = frozenset({"notes", "tabs"})


class Page(Subscriber):
    """A subscriber whose messages a test can read."""

    def told(self):
        """All that was queued since the last call, as JSON."""
        return [json.loads(message.text) for message in self.pending()]

    def read(self):
        """What was queued, in short: (seq, notes) for a frame, (type, seq) for the rest."""
        return [in_short(message) for message in self.told()]

    async def hears(self, *expected, within=10):
        """Wait until as much was queued as is expected, and compare."""
        heard, end = [], time.monotonic() + within
        while len(heard) < len(expected) and time.monotonic() < end:
            async with asyncio.timeout(within):
                heard.append(in_short(json.loads((await self.next()).text)))
        assert (heard, self.read()) == (list(expected), [])


class Screen(Page):
    """A page with the short way to its socket: `written` holds what each write took, while `takes`."""

    def __init__(self, seconds=0.0):
        super().__init__()
        self.written, self.takes, self.seconds = [], True, seconds
        self.write = self._write

    def _write(self, frames):
        if self.takes:
            time.sleep(self.seconds)
            self.written.append(frames)
        return self.takes


def in_short(message):
    if message["type"] == "frame":
        return message["seq"], [event["data"].get("note") or event["data"]["topics"] for event in message["events"]]
    if message["type"] == "state":
        return "state", message["data"]
    return message["type"], message.get("seq")


def commit(stream, *notes, topic="notes", **more):
    """One transaction on one stream; `more` holds notes by another topic."""
    with session() as writer:
        stage(writer, stream, *notes, topic=topic)
        for other, others in more.items():
            stage(writer, stream, *others, topic=other)


@database_sync_to_async
def head_of(stream):
    return heads([stream])[stream]


@database_sync_to_async
def frames_of(stream):
    """All frames of a stream, by their first number."""
    head = heads([stream])[stream]
    return {frame.first: frame for frame in frames_between(stream, 0, head)}


async def join(feed, since=None, topics=ALL, page=None):
    """A page that has joined a feed, told the result as its first message."""

    def announce(head, result):
        return Message("joined", message_text(result, seq=head.seq))

    page = page or Page()
    await feed.join(page, topics, since, announce)
    return page


async def join_on_screen(feed, **options):
    """A screen that has joined a feed, and has read what came before it could be written to."""
    page = await join(feed, page=Screen(**options))
    page.read()
    return page


async def rested(feed):
    """Wait until a feed has handed out all that was pushed."""
    while feed._turn or feed._inbox or not (feed._reader is None or feed._reader.done()):
        await asyncio.sleep(0.001)
