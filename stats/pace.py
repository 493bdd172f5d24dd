"""How often those who poll a bar ask: more slowly where it is busy, so that selling isn't held up by watching."""

import time

from stats.models import BarActivity

BUSY = 10  # sales in 5 minutes; above it polling slows down
QUIET_PACE, BUSY_PACE = 5.0, 15.0  # seconds
KNOWN_FOR = 15.0  # seconds that an answer holds, whoever asks

_known: dict[str, tuple[float, float]] = {}  # key: (moment, pace)


def pace_of_bars(keys: list[str]) -> float:
    """Seconds between two requests for the streams of these bars: the longest. At most one query."""
    now = time.monotonic()
    if unknown := [key for key in keys if key not in _known or now - _known[key][0] > KNOWN_FOR]:
        busy = BarActivity.objects.filter(bar_id__in=unknown, sales_last_5min__gt=BUSY)
        paces = dict.fromkeys(unknown, QUIET_PACE)
        paces |= dict.fromkeys(map(str, busy.values_list("bar_id", flat=True)), BUSY_PACE)
        _known.update({key: (now, pace) for key, pace in paces.items()})
    return max(_known[key][1] for key in keys)
