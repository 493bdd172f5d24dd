"""What a process has done, for the monitor: counted where it happens, never stored."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from realtime import clock

SAMPLES = 2000  # of the lag, the latest


@dataclass
class Counters:
    """Totals since the process began; `lag` holds seconds from commit to the hub's queues, of the latest frames."""

    frames: int = 0  # transactions that came by the layer or the log
    messages: int = 0  # handed to readers
    states: int = 0  # answers with a computed value: handed to a watcher, or had by it already
    states_computed: int = 0  # values, of as many streams
    states_taken: int = 0  # values that another process has computed
    signals: int = 0
    repairs: int = 0  # holes closed from the log
    dropped: int = 0  # messages of the layer that made no sense
    rechecked: int = 0
    joined: Counter[str] = field(default_factory=Counter)  # live, resumed, reset
    closes: Counter[int] = field(default_factory=Counter)  # by close code
    refused: Counter[str] = field(default_factory=Counter)  # by reason, before anything was followed
    lag: deque[float] = field(default_factory=lambda: deque(maxlen=SAMPLES))

    def saw(self, committed_at: float) -> None:
        """A frame has come whose transaction was committed then (seconds since 1970)."""
        self.frames += 1
        self.lag.append(clock.now().timestamp() - committed_at)

    def report(self) -> dict[str, Any]:
        return {
            "frames": self.frames,
            "messages": self.messages,
            "states": self.states,
            "states_computed": self.states_computed,
            "states_taken": self.states_taken,
            "signals": self.signals,
            "repairs": self.repairs,
            "dropped": self.dropped,
            "rechecked": self.rechecked,
            "joined": dict(self.joined),
            "closes": {str(code): count for code, count in self.closes.items()},
            "refused": dict(self.refused),
        }

    def percentiles(self) -> dict[str, float]:
        """Of the lag, in milliseconds; empty where nothing has come."""
        ordered = sorted(self.lag)
        if not ordered:
            return {}
        return {f"p{p}": round(1000 * ordered[min(len(ordered) * p // 100, len(ordered) - 1)], 2) for p in (50, 99)}
