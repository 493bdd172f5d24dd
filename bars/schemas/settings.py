"""What the API of a bar's settings takes and gives."""

from typing import Annotated, Any
from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _
from ninja import Field, Schema
from pydantic import AfterValidator, ConfigDict, StringConstraints

from bars.models import MOST_OFFLINE_HOURS, Bar
from bars.money import CURRENCIES
from bars.texts import CleanText

ZONES = frozenset(available_timezones())


def zone_of(name: str) -> str:
    if name not in ZONES:
        raise ValueError(_("is not a time zone, such as Africa/Abidjan"))
    return name


def currency_of(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError(_("is not a currency, such as XOF"))
    return code


Zone = Annotated[str, Field(max_length=40), AfterValidator(zone_of)]
Currency = Annotated[str, Field(max_length=3), AfterValidator(currency_of)]
BarName = Annotated[CleanText, Field(min_length=1, max_length=80)]
Address = Annotated[CleanText, Field(max_length=200)]
Phone = Annotated[CleanText, StringConstraints(pattern=r"^[0-9+(). /-]*$"), Field(max_length=30)]
Hours = Annotated[int, Field(strict=True, ge=1, le=MOST_OFFLINE_HOURS)]
Percent = Annotated[int, Field(strict=True, ge=0, le=100)]
Days = Annotated[int, Field(strict=True, ge=1, le=90)]
Hour = Annotated[int, Field(strict=True, ge=0, le=23)]
UNTIL = "Until the first sale."


class SettingsIn(Schema):
    """What is missing stays as it is: the defaults here are never used."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"mode": "simplified", "discount_limit": 10}}
    )
    name: BarName = Field(default_factory=str)
    address: Address = Field(default_factory=str)
    phone: Phone = Field(default_factory=str)
    mode: Bar.Mode = Field(default_factory=lambda: Bar.Mode.FULL)
    offline_hours: Hours = Field(default_factory=int, description="How old the prices of an offline sale may be.")
    discount_limit: Percent = Field(default_factory=int, description="In percent of a sale.")
    consignment_days: Days = Field(default_factory=int, description="Days after which a client's bottle expires.")
    closing_hour: Hour = Field(default_factory=int, description=UNTIL)
    time_zone: Zone = Field(default_factory=str, description=UNTIL)
    currency: Currency = Field(default_factory=str, description=UNTIL)

    def changes(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class SettingsOut(Schema):
    name: str
    slug: str
    address: str
    phone: str
    mode: Bar.Mode
    offline_hours: int
    discount_limit: int
    consignment_days: int
    closing_hour: int
    time_zone: str
    currency: str
