"""A figure of days, from wherever it may be read: what is over from a replica, tonight and the stock never."""

from collections.abc import Collection
from datetime import date
from typing import Any

from bars.days import Days
from bars.models import Bar
from stats.figures.owners import bars
from stats.figures.reading import anywhere
from stats.figures.tables import Figure, Row


def rows_of_figure(figure: Figure, bar: Bar, days: Days, today: date) -> list[list[Any]]:
    """`today` is the bar's running business date."""
    if figure.is_of_stock or days.last >= today:
        return figure.rows(bar, days)
    return anywhere([bar.pk], lambda: figure.rows(bar, days))


def rows_of_bars(those: Collection[Bar], days: Days | None, today: date) -> list[Row]:
    """Bars side by side; `today` is that of one. Zones and closing hours part their dates by three days at most."""
    if days is None or (today - days.last).days <= 3:
        return bars(those, days)
    return anywhere([bar.pk for bar in those], lambda: bars(those, days))
