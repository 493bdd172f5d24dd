"""Who is here: the people with a live connection to a stream, as its leases in Valkey tell.

A hint in the channel layer, or a few seconds gone, make a process look again; what it finds is
compared with what its watchers know. Who has gone counts as here for a while, so that neither a
blink of the Wi-Fi nor a deploy flickers.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from realtime.limits import live_on
from realtime.log import message_text
from realtime.streams import PRESENCE
from realtime.subscribers import Message, Subscriber
from realtime.valkey import Away, Valkey

GRACE = 10.0  # seconds


@dataclass
class Room:
    """Whom the watchers of a stream know to be here; a moment stands with who hasn't been seen since."""

    watchers: set[Subscriber] = field(default_factory=set)
    here: dict[str, float | None] = field(default_factory=dict)


class Presence:
    """The rooms that somebody in this process watches."""

    def __init__(self, valkey: Valkey) -> None:
        self.valkey = valkey
        self.rooms: dict[str, Room] = {}
        self.hinted: set[str] = set()  # streams to look at soon

    async def watch(self, stream: str, subscriber: Subscriber) -> None:
        """Tell a subscriber who is here, and from now on who comes and goes."""
        room = self.rooms.setdefault(stream, Room())
        room.watchers.add(subscriber)
        await self.look(stream)
        subscriber.offer(presence(stream, joined=room.here, left=()))

    def leave(self, stream: str, subscriber: Subscriber) -> None:
        if room := self.rooms.get(stream):
            room.watchers.discard(subscriber)
            if not room.watchers:
                del self.rooms[stream]

    async def look(self, stream: str) -> None:
        """Compare who is here with what the watchers know. Blind, nobody is said to have left."""
        try:
            found = {lease.person for lease in await live_on(self.valkey, stream) if lease.person}
        except Away:
            return
        if room := self.rooms.get(stream):
            self._tell(stream, room, found)

    async def look_where_hinted(self) -> None:
        hinted, self.hinted = self.hinted, set()
        for stream in hinted & self.rooms.keys():
            await self.look(stream)

    async def look_everywhere(self) -> None:
        for stream in list(self.rooms):
            await self.look(stream)

    def _tell(self, stream: str, room: Room, found: set[str]) -> None:
        now = time.monotonic()
        joined = found - room.here.keys()
        for person in room.here:
            room.here[person] = None if person in found else room.here[person] or now
        left = {person for person, since in room.here.items() if since and now - since >= GRACE}
        room.here = {person: since for person, since in room.here.items() if person not in left}
        room.here |= dict.fromkeys(joined)
        if joined or left:
            message = presence(stream, joined, left)
            for subscriber in room.watchers:
                subscriber.offer(message)


def presence(stream: str, joined: Iterable[str], left: Iterable[str]) -> Message:
    text = message_text(PRESENCE, stream=stream, joined=sorted(joined), left=sorted(left))
    return Message(PRESENCE, text, stream)
