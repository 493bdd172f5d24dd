"""What a bar sells of an evening: made-up baskets that look like real ones, the same for the same seed. Pure."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bars.business_day import business_date

OPENS = 18  # o'clock; the last round is at two
HOURS = (0.7, 1.2, 1.8, 2.2, 2.0, 1.5, 0.9, 0.5)  # how busy each hour is from then on
WEEK = (0.7, 0.75, 1.0, 1.15, 1.6, 1.9, 1.1)  # Monday to Sunday
MOST_KINDS = (55, 30, 11, 4)  # per cent of baskets with 1, 2, 3 and 4 different drinks
ROUNDS = (50, 30, 13, 7)  # per cent of lines with 1, 2, 3 and 4 of it
TONIGHT = timedelta(hours=5)  # how long tonight has been going on, whatever the hour


class Poured(NamedTuple):
    """A basket: when, by which seller and of which drinks (both by their place), so many of each."""

    at: datetime
    seller: int
    drinks: dict[int, int]


class Evenings:
    """The evenings of one bar: `thirst` weighs its drinks, `evening` is how many sales a Wednesday has."""

    def __init__(self, chance: random.Random, *, thirst: Sequence[int], sellers: int, evening: int) -> None:
        self._chance = chance
        self._weights = list(accumulate(thirst))
        self._sellers = sellers
        self._evening = evening

    def until(self, now: datetime, zone: ZoneInfo, *, days: int, closing_hour: int) -> Iterator[Poured]:
        """Whole evenings of the `days` business dates before `now`, then tonight's."""
        today = business_date(now, zone, closing_hour)
        for ago in range(days, 0, -1):
            yield from self.whole(today - timedelta(days=ago), zone)
        turned = datetime.combine(today, time(closing_hour), zone).astimezone(UTC)
        yield from self.tonight(max(turned, now - TONIGHT), now, today)

    def whole(self, day: date, zone: ZoneInfo) -> Iterator[Poured]:
        """An evening from 18h to 2h on the clocks of the bar, in the order of its sales."""
        opens = datetime.combine(day, time(OPENS), zone).astimezone(UTC)
        hours = self._chance.choices(range(len(HOURS)), HOURS, k=self._count(day))
        yield from self._pour(opens + timedelta(hours=hour + self._chance.random()) for hour in hours)

    def tonight(self, since: datetime, now: datetime, day: date) -> Iterator[Poured]:
        """Sales up to now, more of them lately, as many as the time since then may have seen."""
        span = now - since
        count = max(3, int(self._count(day) * 0.7 * (span / TONIGHT)))
        yield from self._pour(since + span * self._chance.random() ** 0.7 for _ in range(count))

    def _count(self, day: date) -> int:
        return round(self._evening * WEEK[day.weekday()] * self._chance.uniform(0.85, 1.15))

    def _pour(self, moments: Iterator[datetime]) -> Iterator[Poured]:
        for moment in sorted(moments):
            yield Poured(moment.replace(microsecond=0), self._chance.randrange(self._sellers), self.basket())

    def basket(self) -> dict[int, int]:
        """Some drinks by their place, so many of each."""
        return some_drinks(self._chance, self._weights)


def some_drinks(chance: random.Random, weights: Sequence[int]) -> dict[int, int]:
    """A believable basket out of drinks with these accumulated weights: one to four kinds, a few of each."""
    (kinds,) = chance.choices((1, 2, 3, 4), MOST_KINDS)
    drinks = chance.choices(range(len(weights)), cum_weights=weights, k=kinds)
    return {drink: chance.choices((1, 2, 3, 4), ROUNDS)[0] for drink in sorted(set(drinks))}
