"""What a figure looks like: rows under columns that know what they hold. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bars.days import Days
from bars.models import Bar
from bars.permissions import Permission
from sales.models import Return, Sale

Row = dict[str, Any]


class Kind(StrEnum):
    """How a value is shown. Money is in minor units; a percentage has one decimal; what can't be told is null."""

    TEXT = "text"
    DATE = "date"
    HOUR = "hour"
    WHOLE = "whole"
    DECIMAL = "decimal"
    MONEY = "money"
    PERCENT = "percent"


class Column(NamedTuple):
    name: str
    heading: Promise
    kind: Kind
    labels: Mapping[str, Any] = {}  # of a code, for people


@dataclass(frozen=True)
class Figure:
    """A table of a bar. `read` takes the bar and business dates, and gives rows with a value for each column."""

    name: str
    title: Promise
    columns: tuple[Column, ...]
    read: Callable[[Bar, Days], list[Row]] = field(repr=False)
    needs: tuple[Permission, ...] = (Permission.ANALYTICS,)
    is_of_stock: bool = False

    def rows(self, bar: Bar, days: Days) -> list[list[Any]]:
        """The values in the order of the columns."""
        return [[row[column.name] for column in self.columns] for row in self.read(bar, days)]


def percent(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """A part of a whole in percent with one decimal, half of it away from zero; None of nothing."""
    if not whole:
        return None
    return (Decimal(100) * part / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def change(now: int, before: int) -> Decimal | None:
    """By how many percent a figure is more than it was; None where it wasn't."""
    return percent(now - before, before) if before > 0 else None


def plain_rows(rows: list[list[Any]]) -> list[list[Any]]:
    """Rows as JSON has them: exact numbers as numbers."""
    return [[float(value) if isinstance(value, Decimal) else value for value in row] for row in rows]


_ALL = (
    Column("business_date", _("business date"), Kind.DATE),
    Column("hour", _("hour"), Kind.HOUR),
    Column("sales", _("sales"), Kind.WHOLE),
    Column("gross", _("gross revenue"), Kind.MONEY),
    Column("refunds", _("refunds"), Kind.MONEY),
    Column("revenue", _("revenue"), Kind.MONEY),
    Column("basket", _("average basket"), Kind.MONEY),
    Column("share", _("share"), Kind.PERCENT),
    Column("sales_before", _("sales before"), Kind.WHOLE),
    Column("revenue_before", _("revenue before"), Kind.MONEY),
    Column("sales_by_now", _("sales by this hour"), Kind.WHOLE),
    Column("revenue_by_now", _("revenue by this hour"), Kind.MONEY),
    Column("change", _("change"), Kind.PERCENT),
    Column("product", _("product"), Kind.TEXT),
    Column("name", _("name"), Kind.TEXT),
    Column("quantity", _("units"), Kind.WHOLE),
    Column("cost", _("cost"), Kind.MONEY),
    Column("margin", _("margin"), Kind.MONEY),
    Column("rate", _("rate"), Kind.PERCENT),
    Column("payment", _("payment"), Kind.TEXT, dict(Sale.Payment.choices)),
    Column("seller", _("seller"), Kind.TEXT),
    Column("discounts", _("discounts"), Kind.MONEY),
    Column("cancelled", _("cancelled"), Kind.WHOLE),
    Column("sold", _("units sold"), Kind.WHOLE),
    Column("returned", _("units taken back"), Kind.WHOLE),
    Column("returns", _("returns"), Kind.WHOLE),
    Column("reason", _("reason"), Kind.TEXT, dict(Return.Reason.choices)),
    Column("count", _("count"), Kind.WHOLE),
    Column("breakage", _("breakage"), Kind.WHOLE),
    Column("gift", _("gift"), Kind.WHOLE),
    Column("expiry", _("expiry"), Kind.WHOLE),
    Column("theft", _("theft"), Kind.WHOLE),
    Column("other", _("other"), Kind.WHOLE),
    Column("value", _("value at cost"), Kind.MONEY),
    Column("available", _("available"), Kind.WHOLE),
    Column("daily_mean", _("sold a day"), Kind.DECIMAL),
    Column("days_without_sale", _("days without a sale"), Kind.WHOLE),
    Column("days_left", _("days left"), Kind.DECIMAL),
    Column("reorder", _("to order"), Kind.WHOLE),
    Column("bar", _("bar"), Kind.TEXT),
    Column("users", _("users"), Kind.WHOLE),
    Column("consignments", _("consignments"), Kind.WHOLE),
    Column("currency", _("currency"), Kind.TEXT),
    Column("first", _("from"), Kind.DATE),
    Column("last", _("to"), Kind.DATE),
)
_BY_NAME = {column.name: column for column in _ALL}


def columns(names: str) -> tuple[Column, ...]:
    """Columns by their names, parted by spaces: one word means the same in every figure."""
    return tuple(_BY_NAME[name] for name in names.split())
