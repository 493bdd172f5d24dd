"""What happens at the counter."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from bars.permissions import Permission
from bars.streams import open_topic
from realtime.streams import Event, registry


class SaleCreated(Event):
    type: ClassVar[str] = "sale.created"
    topic: ClassVar[str] = "sales"
    sale: UUID
    status: str
    total: int


class SaleChanged(Event):
    """A sale has gone to another status."""

    type: ClassVar[str] = "sale.changed"
    topic: ClassVar[str] = "sales"
    sale: UUID
    status: str
    total: int


class ConsignmentChanged(Event):
    """A bottle was left at the bar, claimed, forfeited, or has expired."""

    type: ClassVar[str] = "consignment.changed"
    topic: ClassVar[str] = "consignments"
    consignment: UUID
    status: str


class TabChanged(Event):
    """A tab was opened, renamed or settled."""

    type: ClassVar[str] = "tab.changed"
    topic: ClassVar[str] = "tabs"
    tab: UUID
    status: str


class ReturnChanged(Event):
    """A return was asked for, approved, put back on the shelf, or rejected."""

    type: ClassVar[str] = "return.changed"
    topic: ClassVar[str] = "returns"
    returned: UUID
    sale: UUID
    status: str


class ExpenseChanged(Event):
    """Money was spent, or an expense was voided."""

    type: ClassVar[str] = "expense.changed"
    topic: ClassVar[str] = "expenses"
    expense: UUID
    amount: int
    voided: bool


class DayClosed(Event):
    """A business date was closed, or opened again."""

    type: ClassVar[str] = "day.closed"
    topic: ClassVar[str] = "closes"
    close: UUID
    business_date: date
    number: int
    open_again: bool


open_topic("sales", Permission.SEE_ALL_SALES)
open_topic("tabs", Permission.SELL)
open_topic("returns", Permission.TAKE_BACK)
open_topic("consignments", Permission.CONSIGN)
open_topic("expenses", Permission.EXPENSES)
open_topic("closes", Permission.CLOSE_DAY)
registry.add(SaleCreated, SaleChanged, ConsignmentChanged, TabChanged, ReturnChanged, ExpenseChanged, DayClosed)
