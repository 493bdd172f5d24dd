"""The messages of the protocol, one model each, and what the codes of its end mean.

The AsyncAPI document (realtime/asyncapi.py) is made of these, and the tests hold all that is said
on any transport against it: a field that isn't here can't be sent unnoticed.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Cursor = Annotated[str, Field(pattern=r"^(0|[a-z0-9]{1,16}:\d{1,18})$", description="epoch:number, or 0 for all")]
Number = Annotated[int, Field(ge=0)]
Id = Annotated[Any, Field(description="As the client has chosen it, to tell answers apart")]


class Said(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Sub(Said):
    """What to follow: without `topics` every log topic that the reader may see, without `since` from now on."""

    stream: str
    topics: list[str] | None = None
    since: Cursor | None = None


class Hello(Said):
    """Said once, first. `client` names the device and `tab` one of its windows."""

    type: Literal["hello"]
    subs: list[Sub] = []
    client: str = ""
    tab: str = ""


class Subscribe(Sub):
    """Follow a stream, or follow it again since another cursor."""

    type: Literal["subscribe"]
    id: Id = None


class Unsubscribe(Said):
    type: Literal["unsubscribe"]
    id: Id = None
    stream: str


class Send(Said):
    """Do something by its name; answered with `ack` or `error`."""

    type: Literal["send"]
    id: Id = None
    action: str
    data: Any = None


class Pong(Said):
    type: Literal["pong"]


class Standing(Said):
    """Where a stream stands. After `reset` read a fresh list; after `resumed` what was missed follows."""

    stream: str
    epoch: str
    seq: Number
    result: Literal["live", "resumed", "reset"]


class Limits(Said):
    message: Annotated[int, Field(description="bytes of a message of the client")]
    streams: Annotated[int, Field(description="streams of a connection")]


class Welcome(Said):
    """The answer to hello. In mode `poll` there is no room: poll every `interval` ms; the socket closes with 4130."""

    type: Literal["welcome"]
    connection: str
    user: str
    time: Annotated[float, Field(description="the server's clock, seconds since 1970")]
    ping: Annotated[int, Field(description="seconds between beats")]
    mode: Literal["live", "poll"]
    limits: Limits
    subs: list[Standing]
    interval: int | None = None
    full: Annotated[str | None, Field(description="what is full: a stream, or person.<id>")] = None
    most: int | None = None


class Subscribed(Standing):
    type: Literal["subscribed"]
    id: Id


class Unsubscribed(Said):
    type: Literal["unsubscribed"]
    id: Id
    stream: str


class EventOfFrame(Said):
    type: str
    data: dict[str, Any]


class Frame(Said):
    """One transaction, whole: apply it when `seq` is over yours and `prev` is not."""

    type: Literal["frame"]
    stream: str
    epoch: str
    seq: Number
    prev: Annotated[int, Field(ge=0, description="the last number sent to this reader before")]
    at: Annotated[str, Field(description="ISO 8601, the moment of the commit")]
    events: list[EventOfFrame]


class StateSaid(Said):
    """The latest value of something computed."""

    model_config = ConfigDict(extra="forbid", title="State")
    type: Literal["state"]
    stream: str
    key: str
    seq: int
    data: Any


class Reset(Said):
    """What was missed is not to be had one by one: read a fresh list and follow since its cursor."""

    type: Literal["reset"]
    stream: str
    epoch: str
    seq: Number
    reason: Literal["cursor", "epoch", "trimmed", "access"]


class Beat(Said):
    """A sign of life; answer `pong`. Subscribe again where more was sent than you have: something was lost.

    Where nothing was, you are at the head: what lies between is not for you.
    """

    type: Literal["beat"]
    time: float
    heads: dict[str, Cursor]
    sent: Annotated[dict[str, int], Field(description="the number of the last frame for you, by stream")]


class Presence(Said):
    """Who has come and gone, by the id of the person. The first one names all who are here."""

    type: Literal["presence"]
    stream: str
    joined: list[str]
    left: list[str]


class SignalSaid(Said):
    """Said to those who listen now; nothing keeps it."""

    model_config = ConfigDict(extra="forbid", title="Signal")
    type: Literal["signal"]
    stream: str
    name: str
    data: Any


class Ack(Said):
    """What was sent is done; `data` is the answer."""

    type: Literal["ack"]
    id: Id
    data: Any


class Drain(Said):
    """The server is about to stop and closes with 4200 within `window` seconds."""

    type: Literal["drain"]
    window: float


class Error(BaseModel):
    """A refusal. `code` is stable and for programs; further fields depend on it."""

    model_config = ConfigDict(extra="allow")
    type: Literal["error"]
    id: Id = None
    code: str
    detail: str
    retry_after: Annotated[float | None, Field(description="seconds")] = None


FROM_CLIENT: tuple[type[BaseModel], ...] = (Hello, Subscribe, Unsubscribe, Send, Pong)
FROM_SERVER: tuple[type[BaseModel], ...] = (
    Welcome, Subscribed, Unsubscribed, Frame, StateSaid, Reset, Beat, Presence, SignalSaid, Ack, Drain, Error,
)  # fmt: skip
ANSWERS: dict[type[BaseModel], tuple[type[BaseModel], ...]] = {
    Hello: (Welcome, Error),
    Subscribe: (Subscribed, Error),
    Unsubscribe: (Unsubscribed, Error),
    Send: (Ack, Error),
}

CLOSE_CODES = {
    1012: "As 4200: a server that was not asked to drain has stopped.",
    4001: "Sign in, then come back.",
    4003: "You are not allowed any more: don't come back.",
    4013: "Three messages could not be read: don't come back with more of them.",
    4100: "Busy: back off, at least for what the error before said in `retry_after`.",
    4101: "Too many messages, or sockets, in too short a time: back off, at least for `retry_after` where it is said.",
    4108: "Too slow to read: back off, then resume.",
    4130: "No room for another live connection: poll, and try again each minute.",
    4200: "The server stops, or the connection is old: come back at once.",
    4205: "What you may see has changed: come back at once.",
    4210: "Continuity could not be kept: come back at once, and resume.",
}
RANGES = {"40xx": "stop", "41xx": "back off, with full jitter from 0.5 s to 20 s", "42xx": "come back within a second"}


def name_of(message: type[BaseModel]) -> str:
    """The message's `type` on the line."""
    return str(message.model_fields["type"].annotation.__args__[0])  # type: ignore[union-attr]
