"""Stock counts: the sheet without theory for those who count, the review for those who decide."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

from stock.models import StockCount
from stock.schemas.fields import Units


class CountIn(Schema):
    model_config = ConfigDict(extra="forbid")
    key: UUID = Field(description="Minted for each look at the shelf; sent again, it is the same look.")
    quantity: Units


class CountOut(Schema):
    id: UUID
    status: StockCount.Status
    opened_at: datetime
    opened_by: str = Field(alias="opened_by.username")
    decided_at: datetime | None
    decided_by: str

    @staticmethod
    def resolve_decided_by(count: StockCount) -> str:
        return count.decided_by.username if count.decided_by else ""


class CountsPage(Schema):
    counts: list[CountOut]
    next: UUID | None = Field(description="Send as `before` for the next page; null on the last.")


class SheetLine(Schema):
    id: UUID
    name: str
    category: str
    is_active: bool
    counted: int | None = Field(description="By you; null where you have noted nothing.")


class SheetOut(Schema):
    """Nothing here says what should be there, nor what others have counted."""

    id: UUID
    opened_at: datetime
    products: list[SheetLine]


class CountedBy(Schema):
    name: str
    counted: int


class Difference(Schema):
    product: UUID
    name: str
    counted: int = Field(description="By all together.")
    expected: int = Field(description="What the books said at the last entry.")
    difference: int
    cost: Decimal
    value: int = Field(description="Of the difference at cost, in minor units.")
    has_moved: bool = Field(description="Stock has changed between two people's entries: look twice.")
    counted_by: list[CountedBy]


class Review(Schema):
    sheet: CountOut
    products: list[Difference]
    value: int = Field(description="Of all differences at cost, in minor units.")
    not_counted: int = Field(description="Products of the bar on sale that nobody has counted: they stay as they are.")
