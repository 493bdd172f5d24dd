"""What the API of a bar's settings takes and gives."""

from typing import Annotated, Any
from zoneinfo import available_timezones

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints, field_validator

from bars.models import MOST_OFFLINE_HOURS, Bar
from bars.money import CURRENCIES
from bars.texts import CleanText

ZONES = frozenset(available_timezones())


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
    name: CleanText = Field(default_factory=str, min_length=1, max_length=80)
    address: CleanText = Field(default_factory=str, max_length=200)
    phone: Annotated[CleanText, StringConstraints(pattern=r"^[0-9+(). /-]*$")] = Field(
        default_factory=str, max_length=30
    )
    mode: Bar.Mode = Field(default_factory=lambda: Bar.Mode.FULL)
    offline_hours: Hours = Field(default_factory=int, description="How old the prices of an offline sale may be.")
    discount_limit: Percent = Field(default_factory=int, description="In percent of a sale.")
    consignment_days: Days = Field(default_factory=int, description="Days after which a client's bottle expires.")
    closing_hour: Hour = Field(default_factory=int, description=UNTIL)
    time_zone: str = Field(default_factory=str, max_length=40, description=UNTIL)
    currency: str = Field(default_factory=str, max_length=3, description=UNTIL)

    @field_validator("time_zone")
    @classmethod
    def is_a_zone(cls, zone: str) -> str:
        if zone not in ZONES:
            raise ValueError("is not a time zone, such as Africa/Abidjan")
        return zone

    @field_validator("currency")
    @classmethod
    def is_a_currency(cls, currency: str) -> str:
        if currency not in CURRENCIES:
            raise ValueError("is not a currency, such as XOF")
        return currency

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
