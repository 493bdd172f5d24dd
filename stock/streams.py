"""What changes on the shelf."""

from typing import ClassVar
from uuid import UUID

from bars.permissions import Permission
from bars.streams import open_topic
from realtime.streams import Event, registry


class StockChanged(Event):
    type: ClassVar[str] = "stock.changed"
    topic: ClassVar[str] = "stock"
    product: UUID
    stock: int
    available: int


class ProductChanged(Event):
    """A product is new, or its price, name or being on sale has changed."""

    type: ClassVar[str] = "product.changed"
    topic: ClassVar[str] = "stock"
    product: UUID
    price: int
    active: bool


class CategoryChanged(Event):
    type: ClassVar[str] = "category.changed"
    topic: ClassVar[str] = "stock"
    category: UUID


class SupplyReceived(Event):
    """Goods have come in, or a supply was taken back: `units` is negative then."""

    type: ClassVar[str] = "supply.received"
    topic: ClassVar[str] = "supplies"
    supply: UUID
    product: UUID
    units: int


class StockCountChanged(Event):
    """A sheet was opened, applied or discarded."""

    type: ClassVar[str] = "stock_count.changed"
    topic: ClassVar[str] = "counts"
    count: UUID
    status: str


class StockCountNoted(Event):
    """Somebody has noted what they have counted of a product, or has taken it back; never how many."""

    type: ClassVar[str] = "stock_count.noted"
    topic: ClassVar[str] = "counts"
    count: UUID
    product: UUID
    person: UUID


open_topic("stock", Permission.SELL)
open_topic("supplies", Permission.RECEIVE_SUPPLIES)
open_topic("counts", Permission.COUNT_STOCK)
registry.add(StockChanged, ProductChanged, CategoryChanged, SupplyReceived, StockCountChanged, StockCountNoted)
