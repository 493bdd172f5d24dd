"""One stream of one program: where it stands, what waits for it, and what each message means to it."""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from realtime.client.happenings import Event, Happening, Presence, Refused, Reset, Signal, State
from realtime.client.position import Cursor, Position

INVALIDATE = "invalidate"  # stands for more events than a frame carries; names their topics


class Waiting(NamedTuple):
    """`frame` is the cursor of the transaction that this belongs to, if any, and `ends` that it is the last of it."""

    happening: Happening
    frame: Cursor | None = None
    ends: bool = False

    def is_news(self, since: Cursor) -> bool:
        """Whether lists that were read at `since` may not hold it."""
        return self.frame is None or (self.frame.epoch == since.epoch and self.frame.seq > since.seq)


class Subscription:
    """Holds at most `room` happenings, and what is left of a frame: past it, the server keeps the rest for us."""

    def __init__(self, stream: str, topics: Iterable[str] | None, since: Cursor | None, room: int) -> None:
        self.stream = stream
        self.topics = tuple(topics) if topics is not None else None
        self.refusal: Refused | None = None
        self.answer_to: int | None = None
        self._position = Position(since)
        self._done = since
        self._in_hand: Waiting | None = None
        self._waiting: deque[Waiting] = deque()
        self._room = room
        self._is_full = False
        self._has_gap = False

    @property
    def want(self) -> dict[str, Any]:
        since = self._position.cursor
        wants = {"stream": self.stream, "topics": self.topics and list(self.topics), "since": since and str(since)}
        return {name: value for name, value in wants.items() if value}

    @property
    def cursor(self) -> str | None:
        """Behind the last transaction that the program has dealt with whole: it resumes from here."""
        cursor = self._done if self._waiting or self._in_hand else self._position.cursor
        return str(cursor) if cursor else None

    def asks(self, number: int | None) -> None:
        """Our question for it on the line has this number: what comes before the answer is of no use. None: no more."""
        self.answer_to = number
        self._position.asked()

    def take(self) -> Happening | None:
        """The next happening, None when there is none; says that the one before is dealt with."""
        if self._in_hand and self._in_hand.ends:
            self._done = self._in_hand.frame
        self._in_hand = self._waiting.popleft() if self._waiting else None
        return self._in_hand.happening if self._in_hand else None

    def wants_more(self) -> bool:
        """True once after the queue was full and is empty: ask again, since what was queued."""
        had_no_room, self._is_full = self._is_full, self._is_full and bool(self._waiting)
        return had_no_room and not self._is_full

    def resume(self, since: Cursor) -> bool:
        """Go on behind lists that the program has read again; True when the stream must be asked for again."""
        is_known = self._position.cursor is not None and self._position.cursor.epoch == since.epoch
        self._in_hand, self._done = None, since
        self._waiting = deque(one for one in self._waiting if one.is_news(since))
        if is_known and not self._position.is_before(since):
            return False
        self._position.move_to(since)
        return not is_known

    def accept(self, message: Mapping[str, Any]) -> bool:
        """Apply one message; True when the stream must be asked for again, since its cursor."""
        match message["type"]:
            case "joined":
                return self._join(message)
            case "reset":
                self._reset(Cursor.of(message), message["reason"])
            case "beat":
                return not self._is_full and self._position.is_behind(
                    Cursor.parse(message["head"]), message.get("sent")
                )
            case "state":
                self._conflate(State(self.stream, message["key"], message["data"]))
            case "signal" if not self._is_full:  # nobody waits for what is over by then
                self._append(Signal(self.stream, message["name"], message["data"]))
            case "presence" if not self._is_full:  # all who are here are told again with the rest
                self._append(Presence(self.stream, tuple(message["joined"]), tuple(message["left"])))
            case "frame" if not self._is_full and self.answer_to is None:
                return self._frame(message)
            case "at" if not self._is_full and not self._has_gap and self.answer_to is None:
                self._position.advance_to(Cursor.parse(message["cursor"]))
        return False

    def _join(self, answer: Mapping[str, Any]) -> bool:
        if self.answer_to is not None and answer.get("id") != self.answer_to:
            return False  # to a question before the last
        self.answer_to = None
        if answer["result"] == "reset":
            self._reset(Cursor.of(answer), answer.get("reason", "cursor"))
        else:
            self._position.joined(answer)
        return False

    def _frame(self, frame: Mapping[str, Any]) -> bool:
        fate = self._position.judge(frame)
        self._has_gap = fate == "gap"
        if fate != "apply":
            return self._has_gap
        if self._has_room():
            self._position.move_to(Cursor.of(frame))
            self._waiting.extend(self._happenings(frame))
        return False

    def _has_room(self) -> bool:
        self._is_full = len(self._waiting) >= self._room
        return not self._is_full

    def _append(self, happening: Happening) -> None:
        if self._has_room():
            self._waiting.append(Waiting(happening))

    def _happenings(self, frame: Mapping[str, Any]) -> Iterable[Waiting]:
        """The events of a frame; what was too much for one comes as a reset behind them."""
        cursor = Cursor.of(frame)
        told = [event for event in frame["events"] if event["type"] != INVALIDATE]
        too_many = [event["data"]["topics"] for event in frame["events"] if event["type"] == INVALIDATE]
        topics = tuple(str(topic) for named in too_many for topic in named)
        for number, event in enumerate(told, 1):
            ends = number == len(told) and not topics
            name = str(cursor) if ends else None
            yield Waiting(Event(self.stream, event["type"], event["data"], frame["at"], name), cursor, ends)
        if topics:
            yield Waiting(Reset(self.stream, INVALIDATE, str(cursor), topics), cursor, ends=True)

    def _reset(self, at: Cursor, reason: str) -> None:
        """What waited may be of a lost future; the lists that are read again hold the rest of it."""
        self._position.move_to(at)
        self._is_full = self._has_gap = False
        self._waiting.clear()
        self._waiting.append(Waiting(Reset(self.stream, reason, str(at)), at, ends=True))

    def _conflate(self, state: State) -> None:
        same = (one for one in self._waiting if isinstance(one.happening, State) and one.happening.key == state.key)
        if old := next(same, None):
            self._waiting[self._waiting.index(old)] = Waiting(state)
        else:
            self._waiting.append(Waiting(state))
