"""Stock changes here and nowhere else: products locked in id order, guarded updates, a movement each."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from realtime.errors import Problem

LOCK = """
SELECT id, name, price, cost, stock - reserved
FROM stock_product
WHERE bar_id = %(bar)s AND id = ANY(%(products)s) AND is_active
ORDER BY id
FOR NO KEY UPDATE
"""
TAKE = """
WITH basket AS (
    SELECT * FROM unnest(%(products)s::uuid[], %(quantities)s::int[]) AS basket (product_id, quantity)
), taken AS (
    UPDATE stock_product AS product
    SET stock = stock - basket.quantity
    FROM basket
    WHERE product.id = basket.product_id AND product.bar_id = %(bar)s
      AND product.stock - product.reserved >= basket.quantity
    RETURNING product.id, basket.quantity
)
INSERT INTO stock_movement (bar_id, product_id, quantity, cause, cause_id, created_by_id)
SELECT %(bar)s, taken.id, -taken.quantity, 'sale', %(cause)s, %(by)s FROM taken
"""
RESERVE = """
UPDATE stock_product AS product
SET reserved = reserved + basket.quantity
FROM unnest(%(products)s::uuid[], %(quantities)s::int[]) AS basket (product_id, quantity)
WHERE product.id = basket.product_id AND product.bar_id = %(bar)s
  AND product.stock - product.reserved >= basket.quantity
"""


class Shelved(NamedTuple):
    """A product as it stands under the lock; `price` in minor units, `cost` the average per unit."""

    id: UUID
    name: str
    price: int
    cost: Decimal
    available: int


class OutOfStock(Problem):
    """Less is available than asked. `shortages` says for each product what there is."""

    status, code, title = 409, "stock_insufficient", "There is not enough in stock."


class UnknownProduct(Problem):
    status, code, title = 404, "unknown_product", "This bar does not sell that."


def lock_shelf(*, bar_id: UUID, product_ids: list[UUID]) -> dict[UUID, Shelved]:
    """Lock the bar's products that are on sale, in id order, so that no two sellers can deadlock.

    Call inside a transaction. Products that are unknown, another bar's or off sale are missing from
    the result.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"bar": bar_id, "products": product_ids})
        return {row[0]: Shelved(*row) for row in cursor.fetchall()}


def check_shelf(shelf: Mapping[UUID, Shelved], quantities: Mapping[UUID, int]) -> None:
    """Raises UnknownProduct or OutOfStock, naming every product concerned."""
    if unknown := [str(pk) for pk in quantities if pk not in shelf]:
        raise UnknownProduct(products=unknown)
    shortages = [
        {"product": str(pk), "name": shelf[pk].name, "wanted": wanted, "available": shelf[pk].available}
        for pk, wanted in quantities.items()
        if shelf[pk].available < wanted
    ]
    if shortages:
        raise OutOfStock(shortages=shortages)


def take(*, bar_id: UUID, quantities: Mapping[UUID, int], sale_id: UUID, by: UUID) -> None:
    """Take what a validated sale has sold, one movement a product, all or nothing.

    Call inside a transaction, with the shelf locked. The guard is in the UPDATE itself: what the
    lock has shown is only for the message.
    """
    _change(TAKE, quantities, {"bar": bar_id, "cause": sale_id, "by": by})


def reserve(*, bar_id: UUID, quantities: Mapping[UUID, int]) -> None:
    """Promise stock to a pending sale. Call inside a transaction, with the shelf locked."""
    _change(RESERVE, quantities, {"bar": bar_id})


def _change(statement: str, quantities: Mapping[UUID, int], params: dict) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params | {"products": list(quantities), "quantities": list(quantities.values())})
        if cursor.rowcount != len(quantities):
            raise OutOfStock()
