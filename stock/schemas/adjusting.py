"""Adjustments."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from ninja import Field, Schema
from pydantic import ConfigDict, field_validator

from stock.costs import value_at_cost
from stock.models import MOST_ADJUSTED, Adjustment
from stock.schemas.fields import Note
from stock.services.adjusting import Correction


class AdjustmentIn(Schema):
    model_config = ConfigDict(extra="forbid")
    key: UUID = Field(description="Minted when the form opens; asking again with it adjusts once.")
    product: UUID
    quantity: Annotated[
        int, Field(strict=True, ge=-MOST_ADJUSTED, le=MOST_ADJUSTED, description="Below zero for what is gone.")
    ]
    reason: Adjustment.Reason
    note: Note = Field("", description="Needed with the reason `other`.")

    @field_validator("quantity")
    @classmethod
    def of_something(cls, quantity: int) -> int:
        if not quantity:
            raise ValueError(_("nothing to adjust"))
        return quantity

    def correction(self) -> Correction:
        return Correction(**self.model_dump())


class AdjustmentOut(Schema):
    id: UUID
    key: UUID
    product: UUID = Field(alias="product_id")
    product_name: str = Field(alias="product.name")
    quantity: int
    reason: Adjustment.Reason
    note: str
    unit_cost: Decimal
    value: int = Field(description="At cost, in minor units; below zero for what is gone.")
    count: UUID | None = Field(alias="count_id", description="The stock count that it comes from.")
    at: datetime = Field(alias="created_at")
    by: str = Field(alias="created_by.username")

    @staticmethod
    def resolve_value(adjustment: Adjustment) -> int:
        return value_at_cost(adjustment.quantity, adjustment.unit_cost)


class AdjustmentsPage(Schema):
    adjustments: list[AdjustmentOut]
    next: UUID | None = Field(description="Send as `before` for the next page; null on the last.")
