"""Selling: what a till sends, and how a sale is told."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from ninja import Field, Schema
from pydantic import ConfigDict, ValidationInfo, field_validator

from bars.days import Day
from bars.texts import CleanText
from sales.basket import Basket
from sales.models import MOST_OF_ONE, Sale
from sales.queries.sales import MOST_PAGES, Wanted
from sales.queries.searching import LONGEST
from stock.models import HIGHEST_PRICE

MOST_LINES = 100
MOST_OFF = HIGHEST_PRICE * MOST_OF_ONE * MOST_LINES

Price = Annotated[int, Field(strict=True, ge=0, le=HIGHEST_PRICE)]


class LineIn(Schema):
    model_config = ConfigDict(extra="forbid")
    product: UUID
    quantity: Annotated[int, Field(strict=True, ge=1, le=MOST_OF_ONE)]
    price: Price | None = Field(
        None, description="The unit price the seller saw. Only checked, unless the sale was made offline."
    )


class SaleIn(Schema):
    model_config = ConfigDict(extra="forbid")
    key: UUID = Field(description="Minted by the till when the basket opens; asking again with it sells once.")
    payment: Sale.Payment = Sale.Payment.CASH
    lines: list[LineIn] = Field(min_length=1, max_length=MOST_LINES)
    discount: Annotated[int, Field(strict=True, ge=0, le=MOST_OFF)] = Field(0, description="Off the sum, minor units.")
    sold_by: UUID | None = Field(None, description="Who earns the credit, where it isn't you.")
    tab: UUID | None = Field(None, validate_default=True, description="With payment `tab`, and only then.")
    client: CleanText = Field(
        "", max_length=80, validate_default=True, description="Who owes it: needed with payment `credit`."
    )
    reference: CleanText = Field("", max_length=60, description="Of a payment by mobile money.")

    @field_validator("lines")
    @classmethod
    def each_product_once(cls, lines: list[LineIn]) -> list[LineIn]:
        if len({line.product for line in lines}) < len(lines):
            raise ValueError(_("a product stands on two lines: add their quantities"))
        return lines

    @field_validator("tab")
    @classmethod
    def a_tab_where_it_goes_on_one(cls, tab: UUID | None, info: ValidationInfo) -> UUID | None:
        if (info.data.get("payment") == Sale.Payment.TAB) != (tab is not None):
            raise ValueError(_("a sale with payment `tab` names its tab, and no other sale does"))
        return tab

    @field_validator("client")
    @classmethod
    def a_name_where_it_is_owed(cls, client: str, info: ValidationInfo) -> str:
        if info.data.get("payment") == Sale.Payment.CREDIT and not client:
            raise ValueError(_("a sale on credit names its client"))
        return client

    @field_validator("reference")
    @classmethod
    def a_reference_of_mobile_money(cls, reference: str, info: ValidationInfo) -> str:
        if reference and info.data.get("payment") != Sale.Payment.MOBILE_MONEY:
            raise ValueError(_("only a payment by mobile money has a reference"))
        return reference

    def basket(self) -> Basket:
        return Basket(
            key=self.key,
            payment=self.payment,
            quantities={line.product: line.quantity for line in self.lines},
            prices={line.product: line.price for line in self.lines if line.price is not None},
            discount=self.discount,
            sold_by=self.sold_by,
            tab=self.tab,
            client=self.client,
            reference=self.reference,
        )


class SalesAsked(Schema):
    """Which page of which sales; whatever is left out keeps none back."""

    before: str = Field("", max_length=200, description="`next` of the page before.")
    page: int | None = Field(
        None, ge=1, le=MOST_PAGES, description="A page by its number, 1 being the newest; only where `pages` is told."
    )
    status: Sale.Status | None = None
    seller: UUID | None = None
    payment: Sale.Payment | None = None
    on: Day | None = Field(None, description="A business date.")
    to_verify: bool | None = Field(None, description="Payments by mobile money that nobody has seen arrive yet.")
    q: CleanText = Field(
        "",
        max_length=LONGEST,
        description="A search: the reference on a receipt (4F2A-91C7) or a sale's id, an exact total as people type it "
        "in the bar's currency (1 500), or words of a product's name, whatever their accents and case. Sales that any "
        "of these finds are listed, without `total` and `pages`.",
    )

    def wanted(self) -> Wanted:
        return Wanted(
            status=self.status,
            seller=self.seller,
            payment=self.payment,
            on=self.on,
            to_verify=self.to_verify,
            search=self.q,
        )


class SaleOut(Schema):
    id: UUID
    key: UUID
    status: Sale.Status
    payment: Sale.Payment
    paid_with: Sale.Payment | None = Field(description="None while it is owed.")
    discount: int
    total: int
    currency: str
    client: str
    reference: str
    to_verify: bool
    tab: UUID | None = Field(alias="tab_id")
    sold_by: UUID = Field(alias="sold_by_id")
    origin: Sale.Origin
    occurred_at: datetime
    business_date: date
    reason: str
    decided_at: datetime | None


class LineOut(Schema):
    id: UUID
    product: UUID = Field(alias="product_id")
    name: str
    unit_price: int
    quantity: int


class ListedSale(SaleOut):
    seller: str = Field(alias="sold_by.username")
    decided_by: str | None = Field(None, alias="decided_by.username")
    review: dict | None = Field(description="What to look at before it is validated; for those who may validate.")
    lines: list[LineOut]


class SalesPage(Schema):
    sales: list[ListedSale]
    next: str = Field(description="Send as `before` for the next page; empty on the last.")
    total: int | None = Field(
        description="How many sales there are, where you may see all and ask for all or for one business date."
    )
    pages: int | None = Field(description="How many pages they are: ask for one by its number with `page`.")
