"""Consignments and claims."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from ninja import Field, Schema
from pydantic import AwareDatetime, ConfigDict

from bars.texts import CleanText
from sales.models import MOST_OF_ONE, Consignment
from sales.services.consignments import Deposit

Quantity = Annotated[int, Field(strict=True, ge=1, le=MOST_OF_ONE)]


class ConsignmentIn(Schema):
    model_config = ConfigDict(extra="forbid")
    key: UUID = Field(description="Minted by the till; asking again with it keeps the bottles once.")
    line: UUID
    quantity: Quantity
    client: CleanText = Field(min_length=1, max_length=80)
    phone: CleanText = Field("", max_length=30)
    until: AwareDatetime | None = Field(None, description="The bar's usual time if it isn't told; 90 days at most.")

    def deposit(self) -> Deposit:
        return Deposit(
            key=self.key,
            line=self.line,
            quantity=self.quantity,
            client=self.client,
            phone=self.phone,
            until=self.until,
        )


class ClaimIn(Schema):
    model_config = ConfigDict(extra="forbid")
    key: UUID = Field(description="Minted by the till; asking again with it hands over once.")
    quantity: Quantity


class ConsignmentOut(Schema):
    id: UUID
    key: UUID
    sale: UUID = Field(alias="sale_id")
    line: UUID = Field(alias="line_id")
    client: str
    phone: str
    quantity: int
    claimed: int
    status: Consignment.Status
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None


class ClaimOut(Schema):
    id: UUID
    quantity: int
    created_at: datetime


class ClaimedOut(Schema):
    claim: ClaimOut
    consignment: ConsignmentOut


class ListedConsignment(ConsignmentOut):
    name: str = Field(alias="line.name")
    kept_by: str = Field(alias="created_by.username")
    ended_by: str | None = Field(None, alias="decided_by.username")


class ListedClaim(ClaimOut):
    handed_over_by: str = Field(alias="created_by.username")


class ConsignmentShown(ListedConsignment):
    claims: list[ListedClaim]


class ConsignmentsWanted(Schema):
    model_config = ConfigDict(extra="forbid")
    status: Consignment.Status | None = None
    client: CleanText = Field("", max_length=80, description="A part of the name or of the phone number.")
    before: UUID | None = None


class ConsignmentsPage(Schema):
    consignments: list[ListedConsignment]
    next: UUID | None = Field(description="Send as `before` for the next page; null on the last.")


class Expiring(Schema):
    consignments: list[ListedConsignment]
