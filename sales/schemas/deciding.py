"""Deciding about sales, and one sale with all that was decided about it."""

from datetime import datetime
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

from bars.texts import CleanText
from sales.models import Sale
from sales.schemas.selling import ListedSale

MOST_AT_ONCE = 200


class ReasonIn(Schema):
    model_config = ConfigDict(extra="forbid")
    reason: CleanText = Field(min_length=1, max_length=200)


class PendingIn(Schema):
    model_config = ConfigDict(extra="forbid")
    seller: UUID | None = Field(None, description="Only the sales that this person earns the credit for.")
    sales: list[UUID] | None = Field(
        None, min_length=1, max_length=MOST_AT_ONCE, description="Only these, as far as they wait."
    )


class ValidatedOut(Schema):
    validated: list[UUID] = Field(description="The sales that waited and are validated now, oldest first.")


class DecisionOut(Schema):
    was: Sale.Status
    became: Sale.Status
    reason: str
    by: str | None = Field(None, alias="decided_by.username", description="Nobody where the clock has decided.")
    at: datetime = Field(alias="decided_at")


class OneSale(ListedSale):
    created_by: str = Field(alias="created_by.username")
    verified_by: str | None = Field(None, alias="verified_by.username")
    received_at: datetime
    decisions: list[DecisionOut]
