"""Fields that several forms have: bounded, cleaned, and never coerced."""

from decimal import Decimal
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _
from ninja import Field
from pydantic import BeforeValidator

from bars.texts import CleanText
from stock.costs import HIGHEST_COST
from stock.models import HIGHEST_PRICE, MOST_ADJUSTED


def exact(value: Any) -> Any:
    """Refuses what has been through binary fractions: 0.1 would not be what was typed."""
    if isinstance(value, float | bool):
        raise ValueError(_("send a decimal number as a text, such as '416.6667', or a whole number"))
    return value


Name = Annotated[CleanText, Field(min_length=1, max_length=80)]
CategoryName = Annotated[CleanText, Field(min_length=1, max_length=60)]
Sku = Annotated[CleanText, Field(max_length=40)]
Phone = Annotated[CleanText, Field(max_length=30)]
Note = Annotated[CleanText, Field(max_length=200)]
Price = Annotated[int, Field(strict=True, ge=0, le=HIGHEST_PRICE)]
Units = Annotated[int, Field(strict=True, ge=0, le=MOST_ADJUSTED)]
Switch = Annotated[bool, Field(strict=True)]
Cost = Annotated[
    Decimal,
    BeforeValidator(exact),
    Field(ge=0, le=HIGHEST_COST, decimal_places=4, max_digits=16, description="Of a unit, in minor units."),
]
