"""The business date: the day that a sale at two in the morning belongs to. Pure functions."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def business_date(moment: datetime, zone: ZoneInfo, closing_hour: int) -> date:
    """The date on the wall of the bar, less a day before the closing hour (0 to 23).

    Wall-clock arithmetic on purpose: at a change of clocks the day still turns at the closing hour.
    """
    wall = moment.astimezone(zone)
    return wall.date() - timedelta(days=1) if wall.hour < closing_hour else wall.date()


class SkippedTime(ValueError):
    """A wall-clock time that the zone's clocks jumped over."""


def moment_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The UTC moment of a naive wall-clock time; of two (clocks set back) the first. Raises SkippedTime."""
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != wall:
        raise SkippedTime(f"{wall.isoformat()} did not exist in {zone.key}: the clocks went forward")
    return moment
