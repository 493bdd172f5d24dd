"""How often one may ask: so many requests at once, and as many more as time gives back (GCRA).

A key is in debt by what it has asked for; each request adds its share of the window, and time takes it off. Over
a window of 15 minutes nobody is served more than twice the limit, and at no moment more than the limit at once.
"""

import math
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext_lazy as _

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
local window, answers = tonumber(ARGV[1]), {}
for number, key in ipairs(KEYS) do
    local share = tonumber(ARGV[1 + number])
    local free_at = math.max(tonumber(redis.call('GET', key) or 0), now)
    local granted = free_at + share - now <= window
    if granted then
        free_at = free_at + share
        redis.call('SET', key, string.format('%.0f', free_at), 'PX', math.ceil((free_at - now) / 1000))
    end
    answers[number] = {granted and 1 or 0, free_at - now}
end
return answers
"""


class TooManyRequests(Problem):
    """Ask again in `retry_after` seconds."""

    status, code, title = 429, "too_many_requests", _("Too many requests: wait a moment.")


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
        [budget] = self.take_many([(who, limit)])
        return budget

    def take_many(self, asked: Sequence[tuple[str, int]]) -> list[Budget]:
        """As `take`, for one request of each (who, limit), in one round trip."""
        keys, shares = [key("rate", who) for who, _ in asked], [share_of(limit) for _, limit in asked]
        try:
            taken = self._line.ask(lambda client: client.register_script(TAKE)(keys, [WINDOW, *shares]))
        except Away:
            taken = [self._here.take(who, share_of(limit)) for who, limit in asked]
        found = zip(asked, taken, strict=True)
        return [Budget(limit, bool(is_granted), int(debt)) for (_, limit), (is_granted, debt) in found]


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


def count_handshakes(identities: Sequence[Identity]) -> list[int]:
    """Count a socket that each of them opens: by person, or by address.

    Returns for each 0, or in how many seconds one may be.
    """
    budgets = (
        limiter.take_many([handshakes_of(identity) for identity in identities]) if settings.HANDSHAKE_LIMIT else []
    )
    return [0 if one.is_granted else one.retry_after for one in budgets] or [0] * len(identities)


def handshakes_of(identity: Identity) -> tuple[str, int]:
    """Whose handshakes count together, and how many they may be in a window."""
    if identity.user.is_authenticated:
        return f"handshake.user.{identity.user.pk}", settings.HANDSHAKE_LIMIT
    return f"handshake.address.{identity.address}", settings.HANDSHAKE_LIMIT * PEOPLE_AT_AN_ADDRESS
