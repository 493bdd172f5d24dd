"""Where a reader stands on a stream: the decisions of static/realtime/position.js."""

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Self

EVERYTHING = "0"  # the cursor before all that is kept, of any epoch
FORM = re.compile(r"[a-z0-9]{1,16}:\d{1,18}", re.ASCII)


class Cursor(NamedTuple):
    """`epoch` names one life of the database, `seq` the last event read."""

    epoch: str
    seq: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `epoch:number`, or 0 for everything that is kept. Raises ValueError."""
        if text != EVERYTHING and not FORM.fullmatch(text):
            raise ValueError(f"{text[:40]!r} is not a cursor: it reads epoch:number.")
        epoch, _, seq = text.rpartition(":")
        return cls(epoch or EVERYTHING, int(seq))

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Self:
        return cls(message["epoch"], message["seq"])

    def __str__(self) -> str:
        return f"{self.epoch}:{self.seq}"


class Position:
    """The last frame applied, and how far the server says that it has sent."""

    def __init__(self, since: Cursor | None) -> None:
        self.cursor = since
        self._sent_to = 0

    def asked(self) -> None:
        """The server is asked again since here: what it said of the time before doesn't count."""
        self._sent_to = 0

    def judge(self, frame: Mapping[str, Any]) -> Literal["apply", "duplicate", "gap"]:
        if self.cursor is None or self.cursor.epoch == EVERYTHING:
            return "apply"
        if frame["epoch"] != self.cursor.epoch:
            return "gap"
        if frame["seq"] <= self.cursor.seq:
            return "duplicate"
        return "gap" if frame["prev"] > self.cursor.seq else "apply"

    def move_to(self, cursor: Cursor) -> None:
        if self.cursor is None or cursor.epoch != self.cursor.epoch:
            self._sent_to = 0
        self.cursor = cursor

    def advance_to(self, cursor: Cursor) -> None:
        """The server has sent everything up to here: past the numbers of what this reader may not see."""
        if self.cursor is None or self.cursor.epoch == EVERYTHING or self.is_before(cursor):
            self.move_to(cursor)

    def joined(self, answer: Mapping[str, Any]) -> None:
        """The answer to a subscription; when it resumes, what was missed arrives next."""
        if answer["result"] == "live" or self.cursor is None:
            self.move_to(Cursor.of(answer))
        elif self.cursor.epoch == EVERYTHING:
            self.move_to(Cursor(answer["epoch"], 0))
        self._sent_to = answer["seq"]

    def is_behind(self, head: Cursor, sent: int | None = None) -> bool:
        """True when the server has sent more (None: up to its head) than has arrived here; else all up to its head is
        settled."""
        if self.cursor is None or head.epoch != self.cursor.epoch:
            return True
        self.cursor = Cursor(head.epoch, max(self.cursor.seq, self._sent_to))  # what was replayed came before this
        if (head.seq if sent is None else sent) > self.cursor.seq:
            return True
        self.advance_to(head)
        return False

    def is_before(self, cursor: Cursor) -> bool:
        """True when a cursor of this epoch is further on."""
        return self.cursor is not None and cursor.epoch == self.cursor.epoch and cursor.seq > self.cursor.seq
