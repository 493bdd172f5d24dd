"""What a till asks for. Pure: nothing here knows the database."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sales.models import Sale

SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Basket:
    """What the till sends: its own key, how it was paid, and so many of each product.

    `prices` are the unit prices the seller saw and `discount` is taken off their sum, all in minor
    units. `sold_by` earns the credit where it isn't who asks. `sold_at` is the phone's time of a sale
    that it has kept while there was no network.
    """

    key: UUID
    payment: Sale.Payment
    quantities: Mapping[UUID, int]
    prices: Mapping[UUID, int] = field(default_factory=dict)
    discount: int = 0
    sold_by: UUID | None = None
    tab: UUID | None = None
    client: str = ""
    reference: str = ""
    sold_at: datetime | None = None

    @property
    def is_offline(self) -> bool:
        return self.sold_at is not None

    def kept_since(self, moment: datetime) -> "Basket":
        """The same basket as sold offline at that moment."""
        return replace(self, sold_at=moment)

    def fingerprint(self, asked_by: UUID) -> str:
        """The same for the same order by the same person, whatever the order of its lines.

        The database makes it again from the rows (`sales_fingerprint` in sql/books_v1.sql) and refuses
        a sale of which it is another.
        """
        lines = ",".join(f"{pk}:{count}" for pk, count in sorted(self.quantities.items()))
        parts = [self.sold_by or asked_by, asked_by, self.payment.value, self.tab or "", self.discount]
        text = SEPARATOR.join([*map(str, parts), self.client, self.reference, lines])
        return hashlib.sha256(text.encode()).hexdigest()
