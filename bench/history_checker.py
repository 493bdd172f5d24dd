"""Whether a history of concurrent attempts could have come from a shop that never errs. Pure: no database here.

Clients record what they asked, when, and what they were answered. The books record what was written, in the order of
the commits. Every rule below holds of any correct interleaving, so that one violation is one fault.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from itertools import accumulate
from typing import NamedTuple


class Outcome(Enum):
    OK = "ok"
    REFUSED = "refused"  # nothing was written, the client is sure of it
    UNKNOWN = "unknown"  # the answer was lost


class Attempt(NamedTuple):
    """One request of a client, with the moments it was sent and answered.

    `key` is the same for all that must take effect once together. `lacking` is what the answer says there was not
    enough of: product → wanted.
    """

    began: float
    ended: float
    key: str
    outcome: Outcome
    document: str = ""
    lacking: Mapping[str, int] = {}


class Level(NamedTuple):
    """Of one product: in stock, and free to sell."""

    stock: int
    available: int


class Fact(NamedTuple):
    """One committed transaction: its event numbers, what it did to the shelf, and what it announced of it."""

    first: int
    last: int
    key: str
    document: str
    changes: Mapping[str, Level]
    announced: Mapping[str, Level]


class History(NamedTuple):
    attempts: Sequence[Attempt]
    facts: Sequence[Fact]  # in commit order
    opening: Mapping[str, Level]
    closing: Mapping[str, Level]


def violations(history: History) -> list[str]:
    """One line for each fault; none for a right history."""
    return [
        *lost_or_doubled(history),
        *misnumbered(history.facts),
        *out_of_time(history),
        *wrong_levels(history),
        *false_refusals(history),
    ]


def by_key(history: History) -> tuple[dict[str, list[Attempt]], dict[str, list[Fact]]]:
    attempts: dict[str, list[Attempt]] = defaultdict(list)
    facts: dict[str, list[Fact]] = defaultdict(list)
    for attempt in history.attempts:
        attempts[attempt.key].append(attempt)
    for fact in history.facts:
        facts[fact.key].append(fact)
    return attempts, facts


def lost_or_doubled(history: History) -> Iterable[str]:
    """Answered ok: written exactly once, as answered. Unknown: once or never. Only refused: never."""
    attempts, facts = by_key(history)
    for key, tried in attempts.items():
        written = facts.get(key, [])
        promised = {attempt.document for attempt in tried if attempt.outcome == Outcome.OK}
        if len(written) > 1:
            yield f"{key}: written {len(written)} times"
        if promised and not written:
            yield f"{key}: answered ok and lost"
        if written and promised - {written[0].document}:
            yield f"{key}: answered with {sorted(promised)}, written {written[0].document}"
        if written and all(attempt.outcome == Outcome.REFUSED for attempt in tried):
            yield f"{key}: refused and written"
    yield from (f"{key}: written and never asked for" for key in facts if key not in attempts)


def misnumbered(facts: Sequence[Fact]) -> Iterable[str]:
    """The stream's numbers run from its first on without a hole and without a double."""
    for before, after in zip(facts, facts[1:], strict=False):
        if after.first != before.last + 1:
            yield f"event {before.last} is followed by {after.first}"


def interval_of(fact: Fact, tried: Sequence[Attempt]) -> tuple[float, float]:
    """The fact was not yet when its first attempt began, and was when the first ok was heard."""
    ended = [attempt.ended for attempt in tried if attempt.outcome == Outcome.OK]
    return min(attempt.began for attempt in tried), min(ended, default=float("inf"))


def intervals(history: History) -> list[tuple[float, float]]:
    attempts, _ = by_key(history)
    always = (float("-inf"), float("inf"))
    return [interval_of(fact, attempts[fact.key]) if fact.key in attempts else always for fact in history.facts]


def out_of_time(history: History) -> Iterable[str]:
    """What was answered before another was asked for has the lower number."""
    ended_later = float("inf")  # the earliest answer among the facts after this one
    for fact, (began, ended) in zip(reversed(history.facts), reversed(intervals(history)), strict=True):
        if ended_later < began:
            yield f"{fact.key}: numbered before what was answered before it was asked for"
        ended_later = min(ended_later, ended)


def wrong_levels(history: History) -> Iterable[str]:
    """The shelf is its opening and every change since; it announces so, and never falls below nothing."""
    levels = dict(history.opening)
    for fact in history.facts:
        for product, change in fact.changes.items():
            level = Level(levels[product].stock + change.stock, levels[product].available + change.available)
            levels[product] = level
            if not 0 <= level.available <= level.stock:
                yield f"{fact.key}: oversold {product}: {level}"
            if level != fact.announced.get(product, level):
                yield f"{fact.key}: announced {fact.announced[product]} of {product}, should be {level}"
        yield from (
            f"{fact.key}: moved {product} for nothing" for product in fact.announced if product not in fact.changes
        )
    for product, level in levels.items():
        if history.closing[product] != level:
            yield f"{product}: ends with {history.closing[product]}, should be {level}"


def false_refusals(history: History) -> Iterable[str]:
    """Who is told that there is too little: so it was at some moment between asking and answer."""
    steps = levels_over_time(history)
    spans = intervals(history)
    before, after = Latest(spans, by_end=True), Latest(spans, by_end=False)
    for attempt in history.attempts:
        if not attempt.lacking:
            continue
        low, high = before.until(attempt.began), after.until(attempt.ended)
        if not any(was_below(steps[product], wanted, low, high) for product, wanted in attempt.lacking.items()):
            yield f"{attempt.key}: refused falsely, {dict(attempt.lacking)} was there all the time"


def levels_over_time(history: History) -> dict[str, tuple[list[int], list[int]]]:
    """For each product the positions of the facts that changed it, and what was available from each on."""
    steps = {product: ([0], [level.available]) for product, level in history.opening.items()}
    for position, fact in enumerate(history.facts, start=1):
        for product, change in fact.changes.items():
            positions, available = steps[product]
            positions.append(position)
            available.append(available[-1] + change.available)
    return steps


def was_below(steps: tuple[list[int], list[int]], wanted: int, low: int, high: int) -> bool:
    positions, available = steps
    begin = bisect_right(positions, low) - 1
    return any(left < wanted for left in available[begin : bisect_right(positions, high)])


class Latest:
    """The highest position among the facts whose interval had ended (or begun) at a moment."""

    def __init__(self, spans: Sequence[tuple[float, float]], *, by_end: bool) -> None:
        at = sorted((span[1] if by_end else span[0], position) for position, span in enumerate(spans, start=1))
        self.moments = [moment for moment, _ in at]
        self.highest = [0, *accumulate((position for _, position in at), max)]

    def until(self, moment: float) -> int:
        return self.highest[bisect_left(self.moments, moment)]
