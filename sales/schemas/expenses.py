"""Expenses. Amounts are integers in the minor unit of the bar's currency."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from ninja import Field, Schema
from pydantic import ConfigDict, model_validator

from bars.days import Day
from bars.texts import CleanText
from sales.models import Expense
from sales.services.expenses import Spending
from stock.models import HIGHEST_PRICE


class ExpenseIn(Schema):
    model_config = ConfigDict(extra="forbid")
    key: UUID = Field(description="Minted by the client; asking again with it spends once.")
    category: Expense.Category
    amount: Annotated[int, Field(strict=True, ge=1, le=HIGHEST_PRICE)]
    payment: Expense.Payment = Expense.Payment.CASH
    note: CleanText = Field("", max_length=200, description="What it was; needed where the category is `other`.")

    @model_validator(mode="after")
    def other_is_told(self) -> Self:
        if self.category == Expense.Category.OTHER and not self.note:
            raise ValueError(_("say in the note what the other expense was"))
        return self

    def spending(self) -> Spending:
        return Spending(self.key, self.category, self.amount, self.payment, self.note)


class VoidIn(Schema):
    model_config = ConfigDict(extra="forbid")
    reason: CleanText = Field(min_length=1, max_length=200)


class ExpensesAsked(Schema):
    before: UUID | None = None
    on: Day | None = Field(None, description="A business date.")
    category: Expense.Category | None = None

    def filters(self) -> dict[str, Any]:
        asked = {"business_date": self.on, "category": self.category}
        return {name: value for name, value in asked.items() if value is not None}


class ExpenseOut(Schema):
    id: UUID
    key: UUID
    category: Expense.Category
    amount: int
    payment: Expense.Payment
    note: str
    business_date: date
    created_at: datetime
    created_by: str = Field(alias="created_by.username")
    voided_at: datetime | None
    voided_by: str | None = Field(None, alias="voided_by.username")
    void_reason: str


class ExpensesPage(Schema):
    expenses: list[ExpenseOut]
    next: UUID | None = Field(description="Send as `before` for the next page; null on the last.")
