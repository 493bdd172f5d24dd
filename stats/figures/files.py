"""Figures as files for spreadsheets. Call in the language of the headings."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from stats.figures.tables import Column, Kind
from stock.files.sheets import Format, Value, write
from stock.files.tables import shown_amount


def table_file(columns: Sequence[Column], rows: Sequence[Sequence[Any]], currency: str, kind: Format) -> bytes:
    """The rows under their headings. Money is in the main unit of `currency`, or of the one that the row names."""
    return write(_lines(columns, rows, currency), kind)


def _lines(columns: Sequence[Column], rows: Sequence[Sequence[Any]], currency: str) -> Iterator[list[Value]]:
    yield [str(column.heading) for column in columns]
    named = next((place for place, column in enumerate(columns) if column.name == "currency"), None)
    for row in rows:
        own = currency if named is None else row[named]
        yield [_cell(column, value, own) for column, value in zip(columns, row, strict=True)]


def _cell(column: Column, value: Any, currency: str) -> Value:
    if value is None:
        return ""
    if column.kind == Kind.MONEY:
        return shown_amount(value, currency)
    if isinstance(value, date):
        return value.isoformat()
    if column.labels:
        return str(column.labels.get(value, value))
    return value if isinstance(value, int | Decimal) else str(value)
