"""What sends the messages of bench.realtime deliveries, in a process of its own: python -m bench.realtime_publish KIND.

A message carries the moment at which it was due, so that a sender that falls behind makes it late, and not rare.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import picows
import uvloop

from bench.programs import serve_lines
from bench.realtime_streams import EVENT, TOPIC
from realtime.wire import text_frame

SIZE = 300  # bytes of a message on the wire, whoever sends it
STREAMS = 5
ENVELOPE, ENVELOPE_OF_JSON = 228, 58  # bytes around the padding
TOGETHER = 0.025  # seconds for which the floor collects what it writes at once: a feed's longest rest

Send = Callable[[int, int, float], Awaitable[None]]


def padding(around: int) -> str:
    return "x" * (SIZE - around)


class Publisher:
    """Sends at a rate to all streams in turn."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.sent = [0] * STREAMS

    async def publish(self, rate: float, seconds: float) -> dict[str, Any]:
        """So many messages a second for so long; how many that were, and by how much the last was late."""
        begin = time.time() + 0.05
        late = await asyncio.gather(*(self.feed(stream, begin, rate / STREAMS, seconds) for stream in range(STREAMS)))
        return {"sent": int(rate / STREAMS * seconds) * STREAMS, "late": max(late)}

    async def feed(self, stream: int, begin: float, rate: float, seconds: float) -> float:
        for number in range(int(rate * seconds)):
            due = begin + (number + stream / STREAMS) / rate
            if (wait := due - time.time()) > 0:
                await asyncio.sleep(wait)
            self.sent[stream] += 1
            await self.send(stream, self.sent[stream], due)
        return time.time() - due


async def committing(names: list[str]) -> Send:
    """A transaction for each message, one connection for each stream: staged, numbered and logged as any event."""
    import psycopg

    from bench.realtime_world import database

    writers = [await psycopg.AsyncConnection.connect(**database(), autocommit=True) for _ in names]
    pad = padding(ENVELOPE)

    async def send(stream: int, number: int, due: float) -> None:
        data = json.dumps({"n": number, "due": due, "pad": pad})
        await writers[stream].execute("SELECT realtime_stage(%s, %s, %s, %s)", [names[stream], TOPIC, EVENT, data])

    return send


async def layering(names: list[str]) -> Send:
    """What the relay says to the channel layer, without a database behind it."""
    from channels.layers import get_channel_layer

    from realtime.groups import group_of
    from realtime.log import Frame, heads
    from realtime.threads import in_thread

    layer: Any = get_channel_layer()
    stand = await in_thread(heads)(names)
    pad = padding(ENVELOPE)

    async def send(stream: int, number: int, due: float) -> None:
        name = names[stream]
        at, seq = datetime.now(UTC).isoformat(), stand[name].seq + number
        data = json.dumps({"n": number, "due": due, "pad": pad})
        frame = Frame(name, stand[name].epoch, seq, seq, at, [(TOPIC, EVENT, data)])
        await layer.group_send(group_of(name), {"type": "frame", "frame": list(frame)})

    return send


async def posting(url: str) -> Send:
    """Over HTTP to nchan, a kept connection for each stream."""
    host, port = url.split(":")
    lines = [await asyncio.open_connection(host, int(port)) for _ in range(STREAMS)]
    pad = padding(ENVELOPE_OF_JSON)

    async def send(stream: int, number: int, due: float) -> None:
        reader, writer = lines[stream]
        body = json.dumps({"n": number, "due": due, "pad": pad})
        writer.write(f"POST /pub/{stream} HTTP/1.1\r\nHost: n\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split()[0]))

    return send


class Room(picows.WSListener):
    """The floor's subscriber: nothing but the socket."""

    def __init__(self, members: set[Any]) -> None:
        self.members = members

    def on_ws_connected(self, transport: Any) -> None:
        self.members.add(transport)

    def on_ws_disconnected(self, transport: Any) -> None:
        self.members.discard(transport)


async def bare(port: str) -> Send:
    """The floor: a loop that writes the same bytes to all sockets of a room, and nothing else."""
    rooms: list[set[Any]] = [set() for _ in range(STREAMS)]
    waiting: list[list[bytes]] = [[] for _ in range(STREAMS)]

    def enter(request: picows.WSUpgradeRequest) -> Room:
        return Room(rooms[int(request.path.rpartition(b"/")[2])])

    server = await picows.ws_create_server(enter, "127.0.0.1", int(port))
    await server.start_serving()
    pad = padding(ENVELOPE_OF_JSON)

    async def send(stream: int, number: int, due: float) -> None:
        if not waiting[stream]:
            asyncio.get_running_loop().call_later(TOGETHER, write, stream)
        waiting[stream].append(text_frame(json.dumps({"n": number, "due": due, "pad": pad})))

    def write(stream: int) -> None:
        frames = b"".join(waiting[stream])
        waiting[stream].clear()
        for member in rooms[stream]:
            member.underlying_transport.write(frames)

    return send


KINDS: dict[str, Callable[[Any], Awaitable[Send]]] = {
    "committed": committing,
    "layer": layering,
    "nchan": posting,
    "floor": bare,
}


async def main(kind: str, argument: str) -> None:
    where = argument.split(",") if kind in ("committed", "layer") else argument
    publisher = Publisher(await KINDS[kind](where))
    print("{}", flush=True)
    await serve_lines(publisher)


if __name__ == "__main__":
    if sys.argv[1] in ("committed", "layer"):
        import django

        django.setup()
    uvloop.run(main(*sys.argv[1:]))
