"""What the sales API takes and gives. Amounts are integers in the currency's minor unit."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict, field_validator

from sales.models import MOST_OF_ONE, Sale
from sales.services import Basket
from stock.models import HIGHEST_PRICE

MOST_LINES = 100


class LineIn(Schema):
    model_config = ConfigDict(extra="forbid")
    product: UUID
    quantity: Annotated[int, Field(strict=True, ge=1, le=MOST_OF_ONE)]
    price: Annotated[int, Field(strict=True, ge=0, le=HIGHEST_PRICE)] | None = Field(
        None, description="The unit price the seller saw. Only checked: prices are the server's."
    )


class SaleIn(Schema):
    model_config = ConfigDict(extra="forbid")
    key: UUID = Field(description="Minted by the till when the basket opens; asking again with it sells once.")
    payment: Sale.Payment = Sale.Payment.CASH
    lines: list[LineIn] = Field(min_length=1, max_length=MOST_LINES)

    @field_validator("lines")
    @classmethod
    def each_product_once(cls, lines: list[LineIn]) -> list[LineIn]:
        if len({line.product for line in lines}) < len(lines):
            raise ValueError("a product stands on two lines: add their quantities")
        return lines

    def basket(self) -> Basket:
        return Basket(
            key=self.key,
            payment=self.payment,
            quantities={line.product: line.quantity for line in self.lines},
            prices={line.product: line.price for line in self.lines if line.price is not None},
        )


class SaleOut(Schema):
    id: UUID
    key: UUID
    status: Sale.Status
    payment: Sale.Payment
    total: int
    currency: str
    occurred_at: datetime
    business_date: date


class LineOut(Schema):
    product: UUID = Field(alias="product_id")
    name: str
    unit_price: int
    quantity: int


class ListedSale(SaleOut):
    seller: str = Field(alias="sold_by.username")
    lines: list[LineOut]


class SalesPage(Schema):
    sales: list[ListedSale]
    next: str = Field(description="Send as `before` for the next page; empty on the last.")
