"""What the load client must know of each server: where to connect, what to say, and how to read a message."""

import json
import re
from datetime import datetime
from typing import Any, NamedTuple, Protocol

STAMP = re.compile(rb'"n": ?(\d+), ?"due": ?([\d.]+)')


class Mark(NamedTuple):
    """A delivered message: its stream, its number, the number before it, and the moment it was due (Unix seconds)."""

    stream: str
    seq: int
    prev: int
    due: float


class Client(Protocol):
    """One socket, as a dialect sees it."""

    number: int
    token: str
    streams: list[str]
    hint: float

    @property
    def cursors(self) -> dict[str, str]: ...
    def say(self, text: str) -> None: ...
    def welcomed(self, subs: list[dict[str, Any]]) -> None: ...


class BarTender:
    """The protocol of docs/realtime.md."""

    def headers(self, client: Client) -> dict[str, str]:
        return {"Authorization": f"Bearer {client.token}", "Sec-WebSocket-Protocol": "bartender.v1.json"}

    def path_of(self, client: Client) -> str:
        return "/ws/"

    def connected(self, client: Client) -> None:
        subs = [{"stream": stream, "since": client.cursors.get(stream)} for stream in client.streams]
        client.say(json.dumps({"type": "hello", "subs": subs, "client": f"load-{client.number}", "tab": "1"}))

    def read(self, payload: bytes) -> Mark | None:
        if not payload.startswith(b'{"type":"frame"'):
            return None
        frame = json.loads(payload)
        data = frame["events"][0]["data"]
        due = data.get("due") or datetime.fromisoformat(frame["at"]).timestamp()
        return Mark(frame["stream"], frame["seq"], frame["prev"], due)

    def handle(self, client: Client, payload: bytes) -> None:
        message = json.loads(payload)
        if message["type"] == "beat":
            client.say('{"type":"pong"}')
        elif message["type"] == "welcome" and message["mode"] == "live":
            client.welcomed(message["subs"])
        elif message["type"] == "error":
            client.hint = message.get("retry_after") or 0.0


class Numbered:
    """A message is {n, due, …}, and a socket has one room."""

    def headers(self, client: Client) -> dict[str, str]:
        return {}

    def read(self, payload: bytes) -> Mark | None:
        if not (found := STAMP.search(payload)):
            return None
        number = int(found[1])
        return Mark("", number, number - 1, float(found[2]))


class SocketIO(Numbered):
    """Engine.IO 4 and Socket.IO 5 on a plain WebSocket."""

    def path_of(self, client: Client) -> str:
        return "/socket.io/?EIO=4&transport=websocket"

    def connected(self, client: Client) -> None:
        """The server opens: see handle."""

    def handle(self, client: Client, payload: bytes) -> None:
        if payload[:1] == b"0":
            client.say("40" + json.dumps({"room": client.streams[0]}))
        elif payload[:2] == b"40":
            client.welcomed([])
        elif payload[:1] == b"2":
            client.say("3")


class Nchan(Numbered):
    """Nchan's subscribers get what was published, and nothing else."""

    def path_of(self, client: Client) -> str:
        return f"/sub/{client.streams[0]}"

    def connected(self, client: Client) -> None:
        client.welcomed([])

    def handle(self, client: Client, payload: bytes) -> None:
        """Nothing to answer."""


DIALECTS: dict[str, Any] = {"bartender": BarTender(), "socket.io": SocketIO(), "nchan": Nchan()}
