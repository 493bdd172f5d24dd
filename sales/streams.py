"""What happens at the counter."""

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


open_topic("sales", Permission.SEE_ALL_SALES)
open_topic("consignments", Permission.CONSIGN)
registry.add(SaleCreated, SaleChanged, ConsignmentChanged)
