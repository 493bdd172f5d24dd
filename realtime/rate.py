"""How often one may ask: so many requests at once, and as many more as time gives back (GCRA).

A key is in debt by what it has asked for; each request adds its share of the window, and time takes it off. Over
a window of 15 minutes nobody is served more than twice the limit, and at no moment more than the limit at once.
"""

import math
import threading
import time
from typing import Any, NamedTuple

from django.conf import settings

from realtime.errors import Problem
from realtime.identity import Identity
from realtime.valkey import Away, key
from realtime.valkey_threads import ThreadedValkey, valkey

WINDOW = 15 * 60 * 1_000_000  # µs
MOST_REMEMBERED = 10_000  # keys that a process keeps by itself while Valkey is away
PEOPLE_AT_AN_ADDRESS = 10  # as many handshakes as so many people: strangers behind one router watch together

# Atomic, by the clock of Valkey: processes whose clocks differ count alike.
TAKE = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local share, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local free_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
if free_at + share - now > window then return {0, free_at - now} end
free_at = free_at + share
redis.call('SET', KEYS[1], string.format('%.0f', free_at), 'PX', math.ceil((free_at - now) / 1000))
return {1, free_at - now}
"""


class TooManyRequests(Problem):
    """Ask again in `retry_after` seconds."""

    status, code, title = 429, "too_many_requests", "Too many requests: wait a moment."


class Budget(NamedTuple):
    """What became of one request. `debt` is in µs."""

    limit: int
    is_granted: bool
    debt: int

    @property
    def remaining(self) -> int:
        """Requests that would be granted at once."""
        return (WINDOW - self.debt) // share_of(self.limit)

    @property
    def reset(self) -> int:
        """Seconds until the whole limit is there again."""
        return math.ceil(self.debt / 1_000_000)

    @property
    def retry_after(self) -> int:
        """Seconds until one request is granted; 0 if it would be now."""
        return max(0, math.ceil((self.debt + share_of(self.limit) - WINDOW) / 1_000_000))

    @property
    def headers(self) -> dict[str, str]:
        """The three that clients know; the drafts after them have changed names twice."""
        names = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
        return dict(zip(names, map(str, (self.limit, self.remaining, self.reset)), strict=True))


def share_of(limit: int) -> int:
    """What one request costs, in µs of the window."""
    return WINDOW // limit


class Limiter:
    """Counts in Valkey; without it, in this process."""

    def __init__(self, line: ThreadedValkey) -> None:
        self._line = line
        self._here = Memory()

    def take(self, who: str, limit: int) -> Budget:
        """Count one request of `who`, or refuse it. Never fails, and waits for Valkey a quarter of a second at most."""

        def ask(client: Any) -> list[int]:
            return client.register_script(TAKE)([key("rate", who)], [share_of(limit), WINDOW])

        try:
            is_granted, debt = self._line.ask(ask)
        except Away:
            is_granted, debt = self._here.take(who, share_of(limit))
        return Budget(limit, bool(is_granted), int(debt))


class Memory:
    """The same count in one process, by its own clock."""

    def __init__(self) -> None:
        self._free_at: dict[str, int] = {}
        self._lock = threading.Lock()

    def take(self, who: str, share: int) -> tuple[bool, int]:
        now = time.monotonic_ns() // 1000
        with self._lock:
            if len(self._free_at) >= MOST_REMEMBERED:
                self._free_at = {one: at for one, at in self._free_at.items() if at > now}
            free_at = max(self._free_at.get(who, 0), now)
            if free_at + share - now > WINDOW:
                return False, free_at - now
            self._free_at[who] = free_at + share
            return True, free_at + share - now


limiter = Limiter(valkey)


def count_handshake(identity: Identity) -> int:
    """Count a socket that is opened: by person, or by address. Returns 0, or in how many seconds one may be."""
    who, limit = f"address.{identity.address}", settings.HANDSHAKE_LIMIT * PEOPLE_AT_AN_ADDRESS
    if identity.user.is_authenticated:
        who, limit = f"user.{identity.user.pk}", settings.HANDSHAKE_LIMIT
    if not limit:
        return 0
    budget = limiter.take(f"handshake.{who}", limit)
    return 0 if budget.is_granted else budget.retry_after
