"""Sales that a phone has kept while there was no network, sent together."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from ninja import Field, Schema
from pydantic import AwareDatetime, BeforeValidator, ConfigDict, SkipValidation

from sales.basket import Basket
from sales.schemas.selling import SaleIn, SaleOut

MOST_SALES = 50


def written_out(value: Any) -> Any:
    """Refuses a number, which could be seconds or milliseconds, where a date and time is written."""
    if isinstance(value, str) and "T" in value.upper().replace(" ", "T"):
        return value
    raise ValueError(_("write a date and time with its offset, such as 2026-11-21T23:30:00Z"))


Moment = Annotated[AwareDatetime, BeforeValidator(written_out)]


class OfflineSaleIn(SaleIn):
    sold_at: Moment = Field(description="By the phone's clock.")

    def basket(self, behind: timedelta = timedelta(0)) -> Basket:
        """Sold at that moment, by a phone whose clock is so far behind ours."""
        try:
            return super().basket().kept_since(self.sold_at + behind)
        except OverflowError:  # in the year 1, or 9999: for the review
            return super().basket().kept_since(self.sold_at)


class BatchIn(Schema):
    """Each sale is checked by itself, so that a bad one doesn't keep the others."""

    model_config = ConfigDict(extra="forbid")
    sales: list[Annotated[OfflineSaleIn, SkipValidation]] = Field(min_length=1, max_length=MOST_SALES)


class BatchResult(Schema):
    key: UUID | None = Field(description="Of the sale that this is about; none where what was sent had none.")
    status: int = Field(description="What the sale alone would have been answered with: 201, 409, ...")
    replayed: bool = Field(False, description="The key had sold before; nothing new was written.")
    sale: SaleOut | None = None
    problem: dict | None = Field(None, description="As in problem+json.")


class BatchOut(Schema):
    results: list[BatchResult] = Field(description="In the order of the sales.")
