"""Figures as people read them on a page, in its language. Pure."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent

from bars.days import Days
from bars.money import format_money
from stats.figures.tables import Column, Kind

NOTHING = "–"
PERCENT = {True: "#,##0.0\u00a0%", False: "#,##0.0%"}  # in French, and otherwise


class Cell(NamedTuple):
    text: str
    kind: Kind


def cells(columns: Sequence[Column], row: Sequence[Any], currency: str, language: str) -> list[Cell]:
    return [
        Cell(_text(column, value, currency, language), column.kind) for column, value in zip(columns, row, strict=True)
    ]


def _text(column: Column, value: Any, currency: str, language: str) -> str:
    if value is None:
        return NOTHING
    if column.kind == Kind.MONEY:
        return format_money(value, currency, language)
    if column.kind == Kind.TEXT:
        return str(column.labels[value]).capitalize() if value in column.labels else str(value)
    return FORMATS[column.kind](value, language)


FORMATS: dict[Kind, Callable[[Any, str], str]] = {
    Kind.DATE: lambda day, language: format_date(day, "EEE d MMM", locale=language),
    Kind.HOUR: lambda hour, language: f"{hour}\u202fh" if language == "fr" else f"{hour}:00",
    Kind.PERCENT: lambda share, language: format_percent(share / 100, PERCENT[language == "fr"], locale=language),
    Kind.WHOLE: lambda count, language: format_decimal(count, locale=language),
    Kind.DECIMAL: lambda mean, language: format_decimal(mean, "#,##0.0", locale=language),
}


def days_words(days: Days, language: str) -> str:
    """The days of a period: a month and a year by their names, others by their dates."""
    first, last = days
    if first == last:
        return _capital(format_date(first, "full", locale=language))
    if (first.day, (last.month, last.day)) == (1, (12, 31)) and first.month == 1 and first.year == last.year:
        return str(first.year)
    if first.day == 1 and (first.year, first.month) == (last.year, last.month) and _is_last_of_month(last):
        return _capital(format_skeleton("yMMMM", first, locale=language))
    return f"{format_date(first, 'd MMM', locale=language)} – {format_date(last, 'd MMM y', locale=language)}"


def _is_last_of_month(day: date) -> bool:
    return date.fromordinal(day.toordinal() + 1).day == 1


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
