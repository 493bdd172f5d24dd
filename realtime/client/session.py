"""The protocol of docs/realtime.md without a line: messages go in, happenings and messages come out.

It does no input or output and reads no clock, so that every transport and both clients share its decisions.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from realtime.client.happenings import OutcomeUnknown, Refused, SignInRequired
from realtime.client.position import Cursor
from realtime.client.subscription import Subscription
from realtime.client.verdicts import Verdict, of_error

CONNECT = 10.0  # seconds until welcomed
MARGIN = 5.0  # seconds beyond two beats, after which a silent line is taken for dead
ROOM = 1000  # happenings that wait for a program, a stream

Message = dict[str, Any]


class Session:
    """All that one program follows. `outbox` holds what is to be said on the socket, in order."""

    def __init__(self, room: int = ROOM) -> None:
        self.subscriptions: dict[str, Subscription] = {}
        self.outbox: list[Message] = []
        self.patience = CONNECT
        self.is_welcome = False
        self._room = room
        self._numbers = itertools.count(1)
        self._answers: dict[int, Message | None] = {}  # None until answered
        self._seen: dict[str, list[str]] = {}

    @property
    def wants(self) -> list[Message]:
        return [one.want for one in self.subscriptions.values() if not one.refusal]

    def follow(self, stream: str, topics: Iterable[str] | None = None, since: str | None = None) -> Subscription:
        """Ask for a stream since a cursor, or from now on. Raises ValueError for nonsense, or a stream taken twice."""
        if stream in self.subscriptions:
            raise ValueError(f"{stream} is already followed")
        subscription = Subscription(stream, topics, Cursor.parse(since) if since else None, self._room)
        self.subscriptions[stream] = subscription
        self._ask(subscription)
        return subscription

    def leave(self, stream: str) -> None:
        if self.subscriptions.pop(stream, None):
            self.outbox.append({"type": "unsubscribe", "id": next(self._numbers), "stream": stream})

    def take(self, subscription: Subscription) -> Any:
        """The next happening of a stream, None when there is none. Raises Refused."""
        happening = subscription.take()
        if happening is None and subscription.refusal:
            raise subscription.refusal
        if subscription.wants_more():
            self._ask(subscription)
        return happening

    def resume(self, subscription: Subscription, since: str) -> None:
        """Go on behind lists that the program has read again. Raises ValueError."""
        if subscription.resume(Cursor.parse(since)):
            self._ask(subscription)

    def send(self, action: str, data: Any) -> int:
        """Say something that is answered; the number to ask `answer` for."""
        number = next(self._numbers)
        self._answers[number] = None
        self.outbox.append({"type": "send", "id": number, "action": action, "data": data})
        return number

    def answer(self, number: int) -> Message | None:
        """The acknowledgement or error for what was sent, None until it is there. Raises OutcomeUnknown."""
        if number not in self._answers:
            raise OutcomeUnknown("The line was lost before the answer came.")
        return self._answers[number] and self._answers.pop(number)

    def lost(self) -> None:
        """The line is gone: nothing more is answered, and what was left to be said is void."""
        self.outbox.clear()
        self._answers = {number: answer for number, answer in self._answers.items() if answer}
        self.is_welcome, self.patience = False, CONNECT
        for subscription in self.subscriptions.values():
            subscription.asks(None)

    def hello(self) -> Message:
        """What to say first on a new socket."""
        self.lost()
        return {"type": "hello", "subs": self.wants}

    def receive(self, message: Message) -> Verdict | None:
        """Take a message of the socket; a verdict when it ends the connection. A type that isn't known is ignored."""
        match message["type"]:
            case "welcome":
                self.is_welcome, self.patience = True, 2 * message["ping"] + MARGIN
            case "beat":
                self.outbox.append({"type": "pong"})
            case "error":
                return self._refused(message)
            case "ack":
                self._answers[message["id"]] = message
        for one in by_subscription(message):
            self._accept(one)
        return None

    def poll_queries(self) -> list[dict[str, str]]:
        """What to ask the poll twin: a request for each choice of topics, for one serves all of its streams."""
        self.lost()
        by_topics: dict[tuple[str, ...], list[Message]] = {}
        for subscription in self.subscriptions.values():
            if not subscription.refusal:
                by_topics.setdefault(subscription.topics or (), []).append(subscription.want)
        return [self._query(topics, wants) for topics, wants in by_topics.items()]

    def _query(self, topics: Iterable[str], wants: list[Message]) -> dict[str, str]:
        streams = ",".join(want["stream"] for want in wants)
        since = ",".join(want.get("since", "") for want in wants)
        seen = ",".join(self._seen.get(streams, ()))
        return {"streams": streams, "topics": ",".join(topics), "since": since, "seen": seen}

    def polled(self, query: Mapping[str, str], answer: Message) -> None:
        """Take the body of a poll."""
        self._seen[query["streams"]] = answer["seen"]
        cursors = zip(query["streams"].split(","), answer["cursor"].split(","), strict=True)
        at = [{"type": "at", "stream": stream, "cursor": cursor} for stream, cursor in cursors if cursor]
        for message in [*answer["messages"], *at]:
            for one in by_subscription(message):
                self._accept(one)

    def refuse(self, problem: Mapping[str, Any]) -> Verdict:
        """Take a refusal, of the line or of a stream that it names; what it asks of the client."""
        refused = self.subscriptions.get(problem.get("stream", ""))
        verdict = of_error(problem["code"])
        if refused is None or verdict != Verdict.STOP:
            return verdict
        refused.refusal = refusal(problem)
        return Verdict.AT_ONCE if self.wants else Verdict.STOP

    def _refused(self, error: Message) -> Verdict | None:
        """An error answers what was sent, or the hello, or a question for a stream."""
        if error.get("id") in self._answers:
            self._answers[error["id"]] = error
        elif error["code"] == "full":
            return Verdict.POLL
        elif not self.is_welcome:
            verdict = self.refuse(error)
            return None if verdict == Verdict.BACK_OFF else verdict  # the close that follows says more
        elif of_error(error["code"]) == Verdict.STOP:
            for one in self.subscriptions.values():
                if one.answer_to is not None and (
                    one.answer_to == error.get("id") or one.stream == error.get("stream")
                ):
                    one.refusal = refusal(error)
        return None

    def _accept(self, message: Message) -> None:
        subscription = self.subscriptions.get(message["stream"])
        if subscription and subscription.accept(message):
            self._ask(subscription)

    def _ask(self, subscription: Subscription) -> None:
        number = next(self._numbers)
        subscription.asks(number)
        self.outbox.append({"type": "subscribe", "id": number, **subscription.want})


def by_subscription(message: Message) -> Iterator[Message]:
    """What a message means to single subscriptions: joined, beat, frame, state, reset or at."""
    match message["type"]:
        case "welcome":
            yield from ({**sub, "type": "joined"} for sub in message["subs"])
        case "subscribed":
            yield {**message, "type": "joined"}
        case "beat":
            sent = message.get("sent", {})
            heads = message["heads"].items()
            yield from ({"type": "beat", "stream": s, "head": head, "sent": sent.get(s)} for s, head in heads)
        case "frame" | "state" | "reset" | "at" | "signal" | "presence":
            yield message


def refusal(problem: Mapping[str, Any]) -> Refused:
    """A refusal as what a program catches."""
    kind = SignInRequired if problem["code"] == "sign_in" else Refused
    known = {"type", "id", "code", "detail"}
    more = {name: value for name, value in problem.items() if name not in known}
    return kind(problem["code"], problem.get("detail", ""), **more)
