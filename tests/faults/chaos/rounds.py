"""One round: a new bar, tills and followers at work, some faults, and then the reckoning."""

import time
from collections import Counter

from django.db import connection

from bars.invariants import verify
from bench.cast import open_bar, shelve
from bench.history import facts_of, levels
from bench.history_checker import History
from bench.history_client import Scene
from realtime.models import StreamHead
from tests.faults.chaos.checking import findings, outcomes
from tests.faults.chaos.followers import Follower
from tests.faults.chaos.happening import FAULTS
from tests.faults.chaos.tills import EXPECTED, Till
from tests.faults.chaos.world import PATIENCE
from tests.faults.webs import until
from tests.realtime.numbering import frames_in_log

TILLS, FEW = 4, 12


class Round:
    """`play(steps)` returns what was wrong. `counts`, `statuses` and `recoveries` say how it went."""

    def __init__(self, world, seed):
        connection.close()  # Postgres may have been killed since
        self.world, self.seed = world, seed
        self.counter = open_bar(products=4)
        bar, owner = self.counter.member.bar, self.counter.member.user
        self.scarce = shelve(bar, owner, ["Rare 0", "Rare 1"], stock=FEW)
        self.bar, self.stream = str(bar.pk), f"bar.{bar.pk}"
        self.scene = Scene(self.bar, ("", "", ""), [], [], seed)
        self.counts, self.statuses, self.recoveries = Counter(), Counter(), []

    def play(self, steps):
        begun, opening = self.head(), levels(self.scene)
        self.followers = [Follower(url, self.counter.token, self.stream) for url in self.world.addresses]
        self.tills = [
            Till(self.world.addresses, self.counter, self.scarce, f"{self.seed} {number}") for number in range(TILLS)
        ]
        for thread in (*self.followers, *self.tills):
            thread.start()
        try:
            until(lambda: self.has_sold_since(0.0), PATIENCE)
            for step in steps:
                self.suffer(step)
        finally:
            for till in self.tills:
                till.close()
        for till in self.tills:
            till.join(PATIENCE)
        return self.reckon(begun, opening)

    def suffer(self, step):
        """One fault, and the seconds from its end until both web processes sell and both followers are at the head."""
        time.sleep(step.pause)
        with FAULTS[step.kind](self.world, step):
            time.sleep(step.lasts)
        ended = time.monotonic()
        connection.close()
        until(lambda: self.has_sold_since(ended), PATIENCE)
        sold, head = time.monotonic() - ended, self.head()
        until(lambda: self.have_heard(head), PATIENCE)
        self.recoveries.append((step.kind, sold, time.monotonic() - ended))

    def has_sold_since(self, moment):
        """Whether each web process has acknowledged a sale that was asked for later."""
        return all(max(till.sold_at[number] for till in self.tills) > moment for number in (0, 1))

    def head(self):
        return StreamHead.objects.get(stream=self.stream).seq

    def have_heard(self, seq):
        return all(follower.seq >= seq for follower in self.followers)

    def reckon(self, begun, opening):
        """Once nothing moves: nobody commits between the readings of what is compared."""
        attempts = [attempt for till in self.tills for attempt in till.attempts]
        last = None
        while last != self.head():  # a request that its till has given up on may still arrive
            last = self.head()
            late = "" if waits(lambda: self.have_heard(last)) else f"the followers are not at {last}"  # noqa: B023
            history = History(attempts, facts_of(self.bar, begun), opening, levels(self.scene))
            log = [event for _, events in frames_in_log(self.stream) for event in events]
        for follower in self.followers:
            follower.close()
        self.counts.update(outcomes(history))
        self.statuses = sum((till.statuses for till in self.tills), Counter())
        found = findings(history, [follower.heard for follower in self.followers], log)
        return [*found, *self.oddities(late), *broken()]

    def oddities(self, late):
        yield from [late] if late else []
        yield from (f"follower was told {one}" for follower in self.followers for one in follower.strange)
        yield from (f"{n} × {code}" for code, n in self.statuses.items() if code not in EXPECTED | {"none"})
        yield from (f"{thread} hangs" for thread in (*self.tills, *self.followers) if thread.is_alive())


def waits(true):
    try:
        until(true, PATIENCE)
    except AssertionError:
        return False
    return True


def broken():
    return [f"{one.invariant.id}: {one.broken} rows, {one.rows}" for one in verify() if one.broken]
