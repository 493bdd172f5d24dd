"""A person's bars tonight, side by side: what is live of each, and against the same day a week ago. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from bars.models import Bar
from bars.money import exponent

MOST_LOW = 8  # products that the live figures list; more is told as "8+"
Hours = Iterable[tuple[int, int, int]]


class Sum(NamedTuple):
    """Of all bars of one currency; `bars` are how many."""

    currency: str
    revenue: int
    before: int
    sales: int
    bars: int


class Night(NamedTuple):
    """One bar: `before` is what it had taken by this minute a week ago."""

    bar: Bar
    figures: Mapping[str, Any]
    before: int

    @property
    def digits(self) -> int:
        return exponent(self.bar.currency)

    @property
    def low(self) -> int:
        return len(self.figures["low_stock"])

    @property
    def low_words(self) -> str:
        return f"{MOST_LOW}+" if self.low >= MOST_LOW else str(self.low)


def before_by_now(hours: Hours, at: datetime) -> int:
    """What the hours of a week ago had brought by this minute of the bar's clock, as stats/nights.js counts it.

    `hours` are [hour, revenue, revenue a week ago] from the closing hour on; the running one counts by its minutes.
    """
    total = 0
    for hour, _, before in hours:
        if hour == at.hour:
            return total + before * at.minute // 60
        total += before
    return total


def sums_of(nights: Iterable[Night]) -> list[Sum]:
    """Francs and dollars don't add up: one for each currency, by its code."""
    found: dict[str, Sum] = {}
    for bar, figures, before in nights:
        was = found.get(bar.currency, Sum(bar.currency, 0, 0, 0, 0))
        found[bar.currency] = Sum(
            bar.currency,
            was.revenue + figures["revenue"],
            was.before + before,
            was.sales + figures["sales"],
            was.bars + 1,
        )
    return [found[currency] for currency in sorted(found)]
