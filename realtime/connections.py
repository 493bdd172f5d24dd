"""A live connection: a subscriber, who is behind it, and by which transport."""

import random
import uuid
from collections.abc import Iterable
from typing import Any, Literal

from realtime import clock
from realtime.identity import Identity
from realtime.log import message_text
from realtime.subscribers import Message, Subscriber

Transport = Literal["websocket", "sse", "poll"]

SIGN_IN, NOT_ALLOWED, BAD_FRAME = 4001, 4003, 4013
BUSY, TOO_FAST, FULL = 4100, 4101, 4130
COME_BACK, ACCESS_CHANGED = 4200, 4205
LIFE = (45 * 60.0, 75 * 60.0)  # seconds: spread, so that a deploy looks like any other hour


class Connection(Subscriber):
    """`asked` holds the topics that were asked of each stream (None: all there are), to be granted anew."""

    def __init__(
        self,
        identity: Identity,
        transport: Transport,
        *,
        client: str = "",
        tab: str = "",
        seen: Iterable[str] = (),
    ) -> None:
        super().__init__(seen)
        self.id = str(uuid.uuid4())
        self.identity, self.transport = identity, transport
        self.client, self.tab = client, tab
        self.opened_at = clock.now().timestamp()
        self.ends_at = self.opened_at + random.uniform(*LIFE)
        if identity.expires_at:
            self.ends_at = min(self.ends_at, identity.expires_at.timestamp())
        self.asked: dict[str, tuple[str, ...] | None] = {}
        self.leased: frozenset[str] = frozenset()  # the limits that count it: realtime/limits.py

    @property
    def person(self) -> str:
        """The key of who is behind it; empty for nobody in particular."""
        return str(self.identity.user.pk) if self.identity.user.is_authenticated else ""

    @property
    def is_live(self) -> bool:
        """Held open, not a request that waits for news."""
        return self.transport != "poll"

    def end(self, close_code: int, code: str, detail: str, **fields: Any) -> None:
        """Say why, and close."""
        text = message_text("error", code=code, detail=detail, **fields)
        self.close(close_code, Message("error", text))
