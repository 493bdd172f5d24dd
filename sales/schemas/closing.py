"""The close of a day (Z). Amounts are integers in the currency's minor unit."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from ninja import Field, Schema
from pydantic import ConfigDict, model_validator

from bars.days import Day
from bars.texts import CleanLines, CleanText
from sales.models import Addendum
from sales.services.closing import Count

MOST_CASH = 10**15
Cash = Annotated[int, Field(strict=True, ge=0, le=MOST_CASH)]


class CountIn(Schema):
    model_config = ConfigDict(extra="forbid")
    business_date: Day
    counted_cash: Cash = Field(description="What was in the drawer at the end of that date, before any is taken out.")
    left_cash: Cash = Field(description="What of it stays in the drawer for the next day.")
    opening_cash: Cash = Field(
        0, description="What was in the drawer at the start: for the first close of a bar, later ones know it."
    )
    note: CleanLines = Field("", max_length=500)

    @model_validator(mode="after")
    def no_more_is_left_than_was_counted(self) -> Self:
        if self.left_cash > self.counted_cash:
            raise ValueError(_("more is left than was counted"))
        return self

    def count(self) -> Count:
        return Count(**self.model_dump())


class ReopenIn(Schema):
    model_config = ConfigDict(extra="forbid")
    reason: CleanText = Field(min_length=1, max_length=200)


class Figures(Schema):
    """What the dates from `since` to `business_date` have brought."""

    business_date: date
    since: date
    currency: str
    sales: int
    gross: int = Field(description="Validated sales.")
    discounts: int
    refunds: int
    net: int = Field(description="Revenue: validated sales less refunds.")
    by_payment: dict[str, int] = Field(
        description="Validated sales by how they are paid; tab and credit come in later."
    )
    collected: dict[str, int] = Field(description="What came in for tabs and credits, by how it was paid.")
    opening_cash: int
    carried_cash: int = Field(description="Cash that came or went for closed days since they were closed.")
    cash_in: int
    cash_out: int
    expected_cash: int
    perpetual_total: int = Field(description="Every sale validated since the first close, cancelled or not.")
    undecided: list["Waiting"] = Field(description="Sales that have expired, and those to review.")


class Waiting(Schema):
    sale: UUID
    status: str
    total: int


class OpenTabs(Schema):
    tabs: int
    owed: int


class CloseOut(Figures):
    id: UUID
    number: int
    counted_cash: int
    left_cash: int
    difference: int = Field(description="Counted less expected.")
    note: str
    closed_at: datetime
    closed_by: str = Field(alias="closed_by.username")
    reopened_at: datetime | None
    reopened_by: str | None = Field(None, alias="reopened_by.username")
    reopen_reason: str


class Preview(Figures):
    is_first: bool = Field(description="Nothing was closed before: `opening_cash` is yours to say.")
    later_cash: int = Field(description="What later dates have put into the drawer so far: leave it out of the count.")
    pending: list[Waiting] = Field(description="Sales that must be decided before the date is closed.")
    open_tabs: OpenTabs
    closed: CloseOut | None = Field(description="The close of this date, where it stands.")


class AddendumOut(Schema):
    id: UUID
    kind: Addendum.Kind
    document: UUID = Field(alias="cause_id")
    revenue: int
    cash: int
    is_carried: bool = Field(
        description="The next close expects this cash; otherwise a drawer has been counted with it already."
    )
    created_at: datetime


class AfterOut(Schema):
    sales: int
    gross: int
    discounts: int
    refunds: int
    net: int
    by_payment: dict[str, int]
    collected: dict[str, int]
    cash_in: int
    cash_out: int
    explained: int = Field(description="Cash that was in the drawer when it was counted and was told of later.")
    difference: int = Field(description="The difference less what is explained.")


class OneClose(CloseOut):
    addenda: list[AddendumOut]
    after: AfterOut | None = Field(description="The totals with the addenda; null for a close that was opened again.")


class ClosesPage(Schema):
    closes: list[CloseOut]
    next: UUID | None = Field(description="Send as `before` for the next page; null on the last.")
