"""Suppliers and what they bring."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

from stock.models import MOST_IN_LOT, MOST_LOTS, Supply
from stock.schemas.fields import Name, Note, Phone, Price, Switch
from stock.services.supplies import Delivery


class SupplierIn(Schema):
    model_config = ConfigDict(extra="forbid")
    name: Name
    phone: Phone = ""
    note: Note = ""


class SupplierChange(Schema):
    """What isn't sent stays."""

    model_config = ConfigDict(extra="forbid")
    name: Name = Field(default_factory=str)
    phone: Phone = Field(default_factory=str)
    note: Note = Field(default_factory=str)
    is_active: Switch = Field(default_factory=bool, description="False: nothing more comes from them.")

    def changes(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class SupplierOut(Schema):
    id: UUID
    name: str
    phone: str
    note: str
    is_active: bool


class SupplyIn(Schema):
    model_config = ConfigDict(extra="forbid")
    key: UUID = Field(description="Minted when the form opens; asking again with it receives once.")
    product: UUID
    lots: Annotated[int, Field(strict=True, ge=1, le=MOST_LOTS)]
    lot_size: Annotated[int, Field(strict=True, ge=1, le=MOST_IN_LOT, description="Units in a lot.")]
    lot_price: Price
    payment: Supply.Payment
    supplier: UUID | None = None
    note: Note = ""

    def delivery(self) -> Delivery:
        return Delivery(**self.model_dump())


class ReversalIn(Schema):
    model_config = ConfigDict(extra="forbid")
    note: Note = ""


class SupplyOut(Schema):
    id: UUID
    key: UUID
    product: UUID = Field(alias="product_id")
    product_name: str = Field(alias="product.name")
    supplier: UUID | None = Field(alias="supplier_id")
    supplier_name: str
    lots: int = Field(description="Below zero in a reversal.")
    lot_size: int
    units: int
    lot_price: int
    total: int
    payment: Supply.Payment
    cost_before: Decimal = Field(description="The average cost of a unit until then.")
    reverses: UUID | None = Field(alias="reverses_id")
    reversed_by: UUID | None
    note: str
    business_date: date
    at: datetime = Field(alias="created_at")
    by: str = Field(alias="created_by.username")

    @staticmethod
    def resolve_supplier_name(supply: Supply) -> str:
        return supply.supplier.name if supply.supplier else ""

    @staticmethod
    def resolve_reversed_by(supply: Supply) -> UUID | None:
        mirror = getattr(supply, "reversal", None)
        return mirror.pk if mirror else None


class SuppliesPage(Schema):
    supplies: list[SupplyOut]
    next: UUID | None = Field(description="Send as `before` for the next page; null on the last.")
