"""Products and their categories: what managers send, and what they see."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

from stock.models import Movement, Product
from stock.schemas.fields import CategoryName, Cost, Name, Price, Sku, Switch, Units
from stock.services.products import Article, Opening


class CategoryIn(Schema):
    model_config = ConfigDict(extra="forbid")
    name: CategoryName


class CategoryOrder(Schema):
    model_config = ConfigDict(extra="forbid")
    categories: list[UUID] = Field(max_length=1000, description="From the first on; others follow as they stand.")


class CategoryOut(Schema):
    id: UUID
    name: str
    position: int


class OpeningIn(Schema):
    model_config = ConfigDict(extra="forbid")
    stock: Units = Field(0, description="What there is of it before the first delivery.")
    cost: Cost = Decimal(0)

    def opening(self) -> Opening:
        return Opening(quantity=self.stock, cost=self.cost)


class ProductIn(OpeningIn):
    name: Name
    category: UUID
    price: Price
    sku: Sku = ""
    alert_threshold: Units = 6

    def article(self) -> Article:
        return Article(
            name=self.name,
            category=self.category,
            price=self.price,
            sku=self.sku,
            alert_threshold=self.alert_threshold,
        )


class PickIn(OpeningIn):
    article: UUID = Field(description="Of the catalogue: its name, category and number are taken over.")
    price: Price


class ProductChange(Schema):
    """What isn't sent stays."""

    model_config = ConfigDict(extra="forbid")
    name: Name = Field(default_factory=str)
    sku: Sku = Field(default_factory=str)
    category: UUID = Field(default_factory=lambda: UUID(int=0))
    price: Price = Field(default_factory=int)
    alert_threshold: Units = Field(default_factory=int)
    is_active: Switch = Field(default_factory=bool, description="False takes it off sale; nothing is ever deleted.")

    def changes(self) -> dict[str, Any]:
        sent = self.model_dump(exclude_unset=True)
        return {"category_id" if name == "category" else name: value for name, value in sent.items()}


class ShelvedProduct(Schema):
    """For those who sell: never a cost."""

    id: UUID
    name: str
    category: str
    price: int
    stock: int
    available: int
    alert_threshold: int
    is_low: bool


class ProductOut(Schema):
    """For those who see costs. Sellers have the shelf."""

    id: UUID
    name: str
    sku: str
    category: UUID = Field(alias="category_id")
    category_name: str = Field(alias="category.name")
    price: int
    cost: Decimal = Field(description="The weighted average of a unit, in minor units, to 4 places.")
    margin: Decimal = Field(description="Of a unit: price less cost.")
    stock: int
    reserved: int
    available: int
    alert_threshold: int
    is_low: bool
    is_active: bool
    catalogue: UUID | None = Field(alias="catalogue_id")

    @staticmethod
    def resolve_margin(product: Product) -> Decimal:
        return product.price - product.cost

    @staticmethod
    def resolve_available(product: Product) -> int:
        return product.stock - product.reserved

    @staticmethod
    def resolve_is_low(product: Product) -> bool:
        return product.stock - product.reserved <= product.alert_threshold


class Inventory(Schema):
    products: list[ProductOut]
    next: UUID | None = Field(description="Send as `after` for the next page; null on the last.")


class MovementOut(Schema):
    id: UUID
    quantity: int
    cause: Movement.Cause
    document: UUID = Field(alias="cause_id")
    at: datetime = Field(alias="created_at")
    by: str = Field(alias="created_by.username")


class MovementsPage(Schema):
    movements: list[MovementOut]
    next: UUID | None = Field(description="Send as `before` for the next page; null on the last.")


class PriceOut(Schema):
    price: int
    since: datetime


class PricesPage(Schema):
    prices: list[PriceOut]
    next: UUID | None = Field(description="Send as `before` for the next page; null on the last.")
