"""Which transport to use, and how long to wait before the next attempt. All times are in seconds."""

import random
from collections.abc import Callable
from typing import Literal

from realtime.client.verdicts import Verdict

FLOOR, CEILING = 0.5, 20.0
SMALL_JITTER = 1.0
FAILURES_PER_RUNG = 3

Rung = Literal["websocket", "poll"]


def back_off(attempt: int, hint: float = 0.0, chance: Callable[[], float] = random.random) -> float:
    """Full jitter between 0.5 s and a bound that doubles with each attempt up to 20 s; a server's hint is a floor."""
    bound = min(CEILING, FLOOR * 2 ** min(attempt, 10))
    return max(hint, FLOOR + chance() * (bound - FLOOR))


class Ladder:
    """A WebSocket while it works, else polling. `top` is the best rung to use."""

    def __init__(self, top: Rung = "websocket", chance: Callable[[], float] = random.random) -> None:
        self.top = self.rung = top
        self._chance = chance
        self._attempt = self._failures = 0

    @property
    def has_above(self) -> bool:
        return self.rung != self.top

    @property
    def is_failing(self) -> bool:
        return self._attempt > 0

    def opened(self) -> None:
        self._attempt = self._failures = 0

    def step_up(self) -> None:
        self._stand_on(self.top)

    def lost(self, why: Verdict, hint: float = 0.0) -> float:
        """Seconds until the next attempt, on what is now the rung. Not for verdicts that end it all."""
        if why == Verdict.POLL:
            self._stand_on("poll")
            return 0.0
        if why == Verdict.AT_ONCE:
            return self._chance() * SMALL_JITTER
        self._attempt += 1
        self._failures += 1
        if self._failures >= FAILURES_PER_RUNG and self.rung != "poll":
            self._stand_on("poll")
        return back_off(self._attempt, hint, self._chance)

    def _stand_on(self, rung: Rung) -> None:
        self.rung = rung
        self._failures = 0
