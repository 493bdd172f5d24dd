"""Tabs, credit and what settles them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from ninja import Field, Schema
from pydantic import ConfigDict, ValidationInfo, field_validator

from bars.days import Day
from bars.texts import CleanText
from sales.models import Settlement, Tab
from sales.schemas.selling import MOST_OFF, ListedSale
from sales.services.tabs import Payment

Name = Annotated[CleanText, Field(min_length=1, max_length=80)]


class TabName(Schema):
    model_config = ConfigDict(extra="forbid")
    name: Name = Field(description="A client or a table.")


class TabIn(TabName):
    key: UUID = Field(description="Minted by the till; asking again with it opens one tab.")


class PaymentIn(Schema):
    model_config = ConfigDict(extra="forbid")
    key: UUID = Field(description="Minted by the till; asking again with it settles once.")
    payment: Settlement.Payment = Settlement.Payment.CASH
    reference: CleanText = Field("", max_length=60, description="Of a payment by mobile money.")
    due: Annotated[int, Field(strict=True, ge=0, le=MOST_OFF * 1000)] | None = Field(
        None, description="The amount that the client was told. Only checked: what is paid is the server's."
    )

    @field_validator("reference")
    @classmethod
    def a_reference_of_mobile_money(cls, reference: str, info: ValidationInfo) -> str:
        if reference and info.data.get("payment") != Settlement.Payment.MOBILE_MONEY:
            raise ValueError(_("only a payment by mobile money has a reference"))
        return reference

    def asked(self) -> Payment:
        return Payment(key=self.key, payment=self.payment, reference=self.reference, due=self.due)


class TabOut(Schema):
    id: UUID
    key: UUID
    business_date: date
    number: int
    name: str
    status: Tab.Status
    opened_at: datetime
    settled_at: datetime | None


class ListedTab(TabOut):
    opened_by: str = Field(alias="opened_by.username")
    due: int = Field(alias="sums.due", description="What the client has to pay: validated sales less their refunds.")
    undecided: int = Field(alias="sums.undecided", description="The sum of sales that wait for a manager's decision.")


class TabsWanted(Schema):
    model_config = ConfigDict(extra="forbid")
    status: Tab.Status | None = None
    on: Day | None = Field(None, description="The business date on which it was opened.")
    before: UUID | None = None


class TabsPage(Schema):
    tabs: list[ListedTab]
    next: UUID | None = Field(description="Send as `before` for the next page; null on the last.")


class SettlementOut(Schema):
    id: UUID
    key: UUID
    tab: UUID | None = Field(alias="tab_id")
    payment: Settlement.Payment
    reference: str
    amount: int
    business_date: date
    created_at: datetime


class TabShown(ListedTab):
    settlement: SettlementOut | None
    sales: list[ListedSale] = Field(alias="shown", description="Those that you may see, newest first, fifty at once.")
    next: UUID | None = Field(alias="following", description="Send as `before` for older sales; null at the end.")


class OpenTab(Schema):
    id: UUID
    business_date: date
    number: int
    name: str
    due: int
    undecided: int


class SellerWithTabs(Schema):
    seller: UUID
    name: str
    open_tabs: int
    due: int
    undecided: int
    tabs: list[OpenTab] = Field(description="The fifty oldest.")


class OpenBySeller(Schema):
    sellers: list[SellerWithTabs]


class OwedSale(ListedSale):
    tab_name: str | None = Field(None, alias="tab.name")
    refunded: int
    due: int

    @staticmethod
    def resolve_due(sale: "OwedSale") -> int:
        return sale.total - sale.refunded


class CreditsPage(Schema):
    sales: list[OwedSale]
    next: UUID | None = Field(description="Send as `before` for the next page; null on the last.")


class Debtor(Schema):
    client: str
    sales: int
    due: int
    since: datetime


class DebtorsPage(Schema):
    clients: list[Debtor]
    next: str = Field(description="Send as `after` for the next page; empty on the last.")
