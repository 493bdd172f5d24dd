"""Returns: what is asked for, and how it stands."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from ninja import Field, Schema
from pydantic import ConfigDict, StrictBool, model_validator

from bars.texts import CleanText
from sales.models import MOST_OF_ONE, Consequence, Return, Sale
from sales.services.returns import Request


class DecisionIn(Schema):
    """Both or none: for the reason `other` a manager decides, any other reason decides by itself."""

    model_config = ConfigDict(extra="forbid")
    refunds: StrictBool | None = None
    restocks: StrictBool | None = None

    @model_validator(mode="after")
    def both_or_none(self) -> "DecisionIn":
        if (self.refunds is None) != (self.restocks is None):
            raise ValueError(_("say both refunds and restocks, or none of them"))
        return self

    def consequence(self) -> Consequence | None:
        if self.refunds is None or self.restocks is None:
            return None
        return Consequence(self.refunds, self.restocks)


class ReturnIn(DecisionIn):
    key: UUID = Field(description="Minted by the till; asking again with it returns once.")
    line: UUID
    quantity: Annotated[int, Field(strict=True, ge=1, le=MOST_OF_ONE)]
    reason: Return.Reason
    note: CleanText = Field("", max_length=200, description="Needed with the reason `other`.")
    wait: StrictBool = Field(False, description="Ask for another's approval even where yours would do.")

    def asked(self) -> Request:
        return Request(
            key=self.key,
            line=self.line,
            quantity=self.quantity,
            reason=self.reason,
            note=self.note,
            consequence=self.consequence(),
            wait=self.wait,
        )


class ReturnOut(Schema):
    id: UUID
    key: UUID
    sale: UUID = Field(alias="sale_id")
    line: UUID = Field(alias="line_id")
    quantity: int
    reason: Return.Reason
    note: str
    status: Return.Status
    refunds: bool
    restocks: bool
    refund: int = Field(description="Money given back, in minor units.")
    refund_with: Sale.Payment | None
    business_date: date | None = Field(description="Of the refund.")
    created_at: datetime
    decided_at: datetime | None


class ListedReturn(ReturnOut):
    name: str = Field(alias="line.name")
    asked_by: str = Field(alias="created_by.username")
    decided_by: str | None = Field(None, alias="decided_by.username")


class ReturnsWanted(Schema):
    model_config = ConfigDict(extra="forbid")
    status: Return.Status | None = None
    sale: UUID | None = None
    before: UUID | None = None


class ReturnsPage(Schema):
    returns: list[ListedReturn]
    next: UUID | None = Field(description="Send as `before` for the next page; null on the last.")
