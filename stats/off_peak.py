"""When bars rest, by their own clocks. Pure.

Where all bars share a zone, this is seed 001's schedule on their wall clock: light views each hour from 3h to 17h,
heavy ones at 4h and 16h. Where they don't, light views wait only while half of the bars or more are at their peak, and
heavy ones go by the clock that most bars live by: a refresh blocks nobody, it only takes a share of the machine.
"""

from collections.abc import Mapping

PEAK = frozenset((*range(18, 24), *range(3)))  # 18h to 2h
HEAVY = frozenset((4, 16))


def is_off_peak(bars: Mapping[int, int]) -> bool:
    """Whether fewer than half of the bars are at their peak. `bars`: how many have this hour on their clocks now."""
    return 2 * sum(count for hour, count in bars.items() if hour in PEAK) < max(1, sum(bars.values()))


def is_hour_of_heavy_views(bars: Mapping[int, int]) -> bool:
    """Whether it is 4h or 16h where most bars are; where two are equal, the earlier hour counts."""
    return not bars or min(bars, key=lambda hour: (-bars[hour], hour)) in HEAVY
