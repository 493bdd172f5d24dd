"""What holds stock. Apps above declare it: their documents reserve products, and this one can't know them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

_queries: list[str] = []


class Hold(NamedTuple):
    """One document that holds so many of a product; `who` is whom to ask about it."""

    product: UUID
    kind: str
    id: UUID
    quantity: int
    who: str
    since: datetime

    def as_data(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "id": str(self.id),
            "quantity": self.quantity,
            "who": self.who,
            "since": self.since.isoformat(),
        }


def declare_hold(query: str) -> None:
    """Add a query that returns the columns of Hold for %(bar)s and %(products)s."""
    _queries.append(query)


def holds_of(bar_id: UUID, product_ids: Iterable[UUID]) -> list[Hold]:
    """Everything that holds these products, oldest first. Under their lock it adds up to what is reserved."""
    if not _queries:
        return []
    together = " UNION ALL ".join(_queries)  # our own modules' texts, which take their values as parameters
    statement = f"SELECT * FROM ({together}) AS hold (product, kind, id, quantity, who, since) ORDER BY since, id"
    with connection.cursor() as cursor:
        cursor.execute(statement, {"bar": bar_id, "products": list(product_ids)})
        return [Hold(*row) for row in cursor.fetchall()]
