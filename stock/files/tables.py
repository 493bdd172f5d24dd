"""A file's rows as values under known headings, each cell checked. Pure: no database, no clock."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from bars.faults import Fault, FileRefused
from bars.money import exponent
from bars.texts import clean
from stock.files.sheets import Format, Record, read, unshield

WHOLE = re.compile(r"\d{1,9}", re.ASCII)
AMOUNT = re.compile(r"\d{1,15}(\.\d{1,9})?", re.ASCII)
ANSWERS = {"yes": True, "oui": True, "true": True, "vrai": True, "1": True,
           "no": False, "non": False, "false": False, "faux": False, "0": False}  # fmt: skip

KEYS = {"name": _("name"), "sku": _("sku")}  # what no two lines may share


@dataclass(frozen=True)
class Column:
    """A column by its headings: the first is written in an English file, the second in a French one, all are read."""

    name: str
    headings: tuple[str, ...]
    check: Callable[[str], Any]  # the value of a cell that isn't empty; ValueError says what is wrong with it
    is_required: bool = False

    @property
    def called(self) -> str:
        """As refusals call it, in the reader's language."""
        return self.headings[1] if (get_language() or "").startswith("fr") else self.name

    def heading(self, language: str) -> str:
        return self.headings[1 if language.startswith("fr") else 0]


@dataclass(frozen=True)
class Row:
    """The values of a line; without a value are columns that the file hasn't got, and empty cells."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)


def read_rows(content: bytes, kind: Format, columns: Collection[Column]) -> list[Row]:
    """Every row of a file, in its order. Raises FileRefused with all that is wrong with it."""
    faults: list[Fault] = []
    rows: list[Row] = []
    try:
        records = read(content, kind)
        header = _header(next(records, None), columns)
        rows = [row for record in records if (row := _row(record, header, faults))]
    except FileRefused as refused:
        faults += refused.faults
    if faults:
        raise FileRefused(faults)
    if not rows:
        raise FileRefused([Fault(0, _("there is no line under the header"))])
    return rows


def check_each_once(rows: Sequence[Row], *names: str) -> None:
    """Raises FileRefused where two lines have the same value in one of these columns."""
    faults = []
    for name in names:
        first: dict[Any, int] = {}
        for row in rows:
            value = row.values.get(name)
            if value is not None and first.setdefault(value, row.line) != row.line:
                told = _("%(column)s %(value)s stands on line %(line)d already")
                facts = {"column": KEYS.get(name, name), "value": value, "line": first[value]}
                faults.append(Fault(row.line, told % facts))
    if faults:
        raise FileRefused(faults)


def _header(record: Record | None, columns: Collection[Column]) -> list[Column]:
    """The columns in the order of the file. Raises FileRefused unless each is known, once, and none is missing."""
    if record is None:
        raise FileRefused([Fault(0, _("the file is empty"))])
    known = {fold(heading): column for column in columns for heading in column.headings}
    found = [known.get(fold(cell)) for cell in record.cells]
    twice = {column.called for column in found if column and found.count(column) > 1}
    said = {
        _("missing"): [column.called for column in columns if column.is_required and column not in found],
        _("unknown"): [cell.strip()[:40] or str(_("(no name)"))
                       for cell, column in zip(record.cells, found, strict=True) if column is None],
        _("twice"): sorted(twice),
    }  # fmt: skip
    if any(said.values()):
        what = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in said.items() if names)
        names = ", ".join(column.called for column in columns)
        told = _("the columns must be of %(names)s (%(what)s)") % {"names": names, "what": what}
        raise FileRefused([Fault(record.line, told)])
    return [column for column in found if column]


def fold(heading: str) -> str:
    """A heading without case, accents and underscores."""
    letters = unicodedata.normalize("NFKD", heading.replace("_", " ").replace("’", "'"))
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).casefold().split())


def _row(record: Record, header: Sequence[Column], faults: list[Fault]) -> Row | None:
    """The values of a record; None, with a fault for each wrong cell, where there is one."""
    if len(record.cells) != len(header):
        told = _("%(cells)d cells under %(columns)d columns") % {"cells": len(record.cells), "columns": len(header)}
        faults.append(Fault(record.line, told))
        return None
    before = len(faults)
    values = dict(_values(record, header, faults))
    return Row(record.line, values) if len(faults) == before else None


def _values(record: Record, header: Sequence[Column], faults: list[Fault]) -> Iterator[tuple[str, Any]]:
    for column, cell in zip(header, record.cells, strict=True):
        try:
            if cell.strip():
                yield column.name, column.check(unshield(cell).strip())
            elif column.is_required:
                raise ValueError(_("is empty"))
        except ValueError as error:
            faults.append(Fault(record.line, f"{column.called} {error}"))


# What cells hold


def label(longest: int) -> Callable[[str], str]:
    """A text as it is kept, of at most so many characters."""

    def check(text: str) -> str:
        tidy = clean(text)
        if len(tidy) > longest:
            told = _("%(text)s… is longer than %(most)d characters")
            raise ValueError(told % {"text": repr(tidy[:20]), "most": longest})
        return tidy

    return check


def whole(least: int, most: int) -> Callable[[str], int]:
    def check(text: str) -> int:
        if not WHOLE.fullmatch(text) or not least <= int(text) <= most:
            told = _("%(text)s is not a whole number from %(least)d to %(most)d, such as 1000")
            raise ValueError(told % {"text": repr(text[:20]), "least": least, "most": most})
        return int(text)

    return check


def amount(currency: str, most: int, places: int = 0) -> Callable[[str], Decimal]:
    """Money as people write it, in minor units with so many decimals more."""

    def check(text: str) -> Decimal:
        if not AMOUNT.fullmatch(text):
            raise ValueError(_("%(text)s is not an amount, such as 1000 or 12.50") % {"text": repr(text[:20])})
        minor = Decimal(text).scaleb(exponent(currency))
        if minor != round(minor, places):
            told = _("%(text)s has more decimals than %(currency)s (%(places)d)")
            facts = {"text": repr(text[:20]), "currency": currency, "places": exponent(currency) + places}
            raise ValueError(told % facts)
        if minor > most:
            raise ValueError(_("%(text)s is out of bounds") % {"text": repr(text[:20])})
        return minor

    return check


def yes_or_no(text: str) -> bool:
    if fold(text) not in ANSWERS:
        raise ValueError(_("%(text)s is not yes or no") % {"text": repr(text[:20])})
    return ANSWERS[fold(text)]


def shown_amount(minor: Decimal | int, currency: str) -> Decimal:
    """An amount in minor units as `amount` reads it."""
    value = Decimal(minor).scaleb(-exponent(currency))
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
