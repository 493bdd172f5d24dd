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


open_topic("stock", Permission.SELL)
registry.add(StockChanged, ProductChanged)
