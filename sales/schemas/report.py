"""The evening report. Amounts are integers in the currency's minor unit."""

from typing import Any, Literal

from ninja import Field, Schema


class ReportOut(Schema):
    text: str = Field(description="Ready to be sent by WhatsApp.")
    figures: dict[str, Any]


Language = Literal["fr", "en"]
