"""A CSV of past baskets, read and checked in full before anything else happens. Pure: no database, no clock."""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from bars.business_day import SkippedTime, moment_of
from bars.faults import Fault, FileRefused
from bars.money import to_minor
from sales.models import MOST_OF_ONE
from stock.models import HIGHEST_PRICE

COLUMNS = ("store_id", "basket_id", "sold_at", "product_id", "name", "category", "quantity", "price")
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
NUL = b"\0"

STORE = re.compile(r"[A-Za-z0-9_-]{1,34}", re.ASCII)  # what a bar's slug may hold behind "store-"
WALL_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?", re.ASCII)
WHOLE = re.compile(r"\d{1,9}", re.ASCII)
AMOUNT = re.compile(r"\d{1,15}(\.\d{1,9})?", re.ASCII)

Check = Callable[[str], Any]  # the value of a cell; ValueError says what is wrong with it


class FileLine(NamedTuple):
    """So many of a product in a basket; `price` of one, in minor units."""

    product: str
    name: str
    category: str
    quantity: int
    price: int


@dataclass
class FileBasket:
    """A basket of a store, sold at a UTC moment; `line` is where the file first names it."""

    line: int
    store: str
    number: str
    sold_at: datetime
    lines: dict[str, FileLine] = field(default_factory=dict)  # by product

    @property
    def total(self) -> int:
        return sum(line.quantity * line.price for line in self.lines.values())


class Terms(NamedTuple):
    """What the file doesn't say about itself: its stores' zone and currency, and until when it can reach.

    With `shifts` a time that the clocks jumped over is that of a till whose clock was not put forward;
    without, it is a fault.
    """

    zone: ZoneInfo
    currency: str
    now: datetime
    shifts: bool = False


def read_baskets(content: bytes, terms: Terms) -> list[FileBasket]:
    """The baskets of a file in the order of their first lines. Raises FileRefused with every fault."""
    text = _text_of(content)
    faults: list[Fault] = []
    baskets: dict[tuple[str, str], FileBasket] = {}
    checks = _checks(terms)
    try:
        for line, cells in _records(text):
            values = _values(line, cells, checks, faults)
            if values:
                _put(baskets, line, values, faults)
    except FileRefused as unreadable:
        faults += unreadable.faults
    if faults:
        raise FileRefused(faults)
    if not baskets:
        raise FileRefused([Fault(0, "there is no line under the header")])
    return list(baskets.values())


def _text_of(content: bytes) -> str:
    if not content.strip():
        raise FileRefused([Fault(0, "the file is empty")])
    if NUL in content:
        raise FileRefused([Fault(_line_at(content, content.index(NUL)), "a NUL byte: this is not a text file")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused([Fault(_line_at(content, error.start), "not UTF-8: save the file as UTF-8")]) from None


def _line_at(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _records(text: str) -> Iterator[tuple[int, dict[str, str] | list[str]]]:
    """Line number and cells by column of each record; a record of the wrong length stays a list.

    Raises FileRefused where the file stops being CSV.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 0
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header)
        line = reader.line_num
        for cells in reader:
            if cells:
                yield line + 1, dict(zip(header, cells, strict=True)) if len(cells) == len(header) else cells
            line = reader.line_num
    except csv.Error as error:
        raise FileRefused([Fault(line + 1, f"this is not CSV: {error}")]) from None


def _check_header(header: list[str]) -> None:
    """Raises FileRefused unless the header holds each column once, in any order."""
    faults = {
        "missing": [name for name in COLUMNS if name not in header],
        "unknown": [name or "(no name)" for name in header if name not in COLUMNS],
        "twice": [name for name in COLUMNS if header.count(name) > 1],
    }
    if any(faults.values()):
        said = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in faults.items() if names)
        raise FileRefused([Fault(1, f"the columns must be {','.join(COLUMNS)} ({said})")])


def _values(
    line: int, cells: dict[str, str] | list[str], checks: Mapping[str, Check], faults: list[Fault]
) -> dict[str, Any] | None:
    """The cells' values; None, with a fault for each wrong cell, where there is one."""
    if isinstance(cells, list):
        faults.append(Fault(line, f"{len(cells)} cells under {len(COLUMNS)} columns"))
        return None
    values = {}
    for column, check in checks.items():
        try:
            values[column] = check(cells[column])
        except ValueError as error:
            faults.append(Fault(line, f"{column} {error}"))
    return values if len(values) == len(checks) else None


def _put(baskets: dict[tuple[str, str], FileBasket], line: int, values: dict[str, Any], faults: list[Fault]) -> None:
    """Add a line to its basket, or a fault where it contradicts what stands there."""
    name = (values["store_id"], values["basket_id"])
    basket = baskets.setdefault(name, FileBasket(line, *name, values["sold_at"]))
    product = values["product_id"]
    if basket.sold_at != values["sold_at"]:
        faults.append(Fault(line, f"basket {basket.number} has another sold_at on line {basket.line}"))
    elif product in basket.lines:
        faults.append(Fault(line, f"product {product} stands twice in basket {basket.number}"))
    else:
        basket.lines[product] = FileLine(
            product, values["name"], values["category"], values["quantity"], values["price"]
        )


def _checks(terms: Terms) -> dict[str, Check]:
    """How each column is read. Cells repeat a lot, so each text is read once."""
    checks: dict[str, Check] = {
        "store_id": _store,
        "basket_id": lambda text: _label(text, 64),
        "sold_at": lambda text: _sold_at(text, terms),
        "product_id": lambda text: _label(text, 40),
        "name": lambda text: _label(text, 80),
        "category": lambda text: _label(text, 60),
        "quantity": _quantity,
        "price": lambda text: _price(text, terms.currency),
    }
    return {column: cache(check) for column, check in checks.items()}


def _store(text: str) -> str:
    if not STORE.fullmatch(text.strip()):
        raise ValueError(f"{text!r} is not a store's number: at most 34 letters, digits, - and _")
    return text.strip()


def _label(text: str, longest: int) -> str:
    """A name as it is kept: composed, and without spaces to spare."""
    tidy = unicodedata.normalize("NFC", " ".join(text.split()))
    if not tidy:
        raise ValueError("is empty")
    if len(tidy) > longest:
        raise ValueError(f"{tidy[:20]!r}… is longer than {longest} characters")
    if not tidy.isprintable():
        raise ValueError(f"{tidy!r} holds an invisible character")
    return tidy


def _sold_at(text: str, terms: Terms) -> datetime:
    if not WALL_TIME.fullmatch(text.strip()):
        raise ValueError(f"{text!r} is not a local time such as 2017-01-31T21:05:00")
    wall = datetime.fromisoformat(text.strip())
    try:
        moment = moment_of(wall, terms.zone)
    except SkippedTime:
        if not terms.shifts:
            raise
        moment = wall.replace(tzinfo=terms.zone).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is out of the calendar") from None
    if not EARLIEST <= moment <= terms.now:
        raise ValueError(f"{text!r} is before 1970 or in the future")
    return moment


def _quantity(text: str) -> int:
    if not WHOLE.fullmatch(text.strip()) or not 1 <= int(text) <= MOST_OF_ONE:
        raise ValueError(f"{text!r} is not a whole number from 1 to {MOST_OF_ONE}")
    return int(text)


def _price(text: str, currency: str) -> int:
    if not AMOUNT.fullmatch(text.strip()):
        raise ValueError(f"{text!r} is not a price such as 12.50")
    amount = to_minor(text.strip(), currency)
    if amount > HIGHEST_PRICE:
        raise ValueError(f"{text!r} is out of bounds")
    return amount
