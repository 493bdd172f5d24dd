"""What the API takes of a bar that opens."""

from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

from bars.schemas.settings import Address, BarName, Currency, Hour, Phone, Zone
from bars.services.opening import NewBar


class BarIn(Schema):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "key": "0d9c3c63-6f2e-4f3a-9a52-3f0e8a1c2b4d",
                "name": "Chez Yao",
                "time_zone": "Africa/Abidjan",
                "currency": "XOF",
            }
        },
    )
    key: UUID = Field(description="Minted by the client; asking again with it opens one bar.")
    name: BarName
    time_zone: Zone
    currency: Currency
    closing_hour: Hour = Field(6, description="Sales before it belong to the day before.")
    address: Address = ""
    phone: Phone = ""

    def bar(self) -> NewBar:
        return NewBar(**self.model_dump())
