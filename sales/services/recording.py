"""A sale is written in two statements: its row, without any lock on the shelf, then its lines under that lock."""

from typing import Any
from uuid import UUID

from django.db import connection

from sales.basket import Basket
from sales.models import Sale
from stock.services.shelf import LOCK, LOCK_IN_TURN, Shelf

# Nothing for a key that has sold.
WRITE = """
INSERT INTO sales_sale (
    bar_id, key, fingerprint, status, mode, origin, payment, reference, to_verify, client, tab_id, paid_with,
    discount, total, sold_by_id, created_by_id, occurred_at, review, reason
)
VALUES (
    %(bar)s, %(key)s, %(fingerprint)s, %(status)s, %(mode)s, %(origin)s, %(payment)s, %(reference)s,
    %(to_verify)s, %(client)s, %(tab)s, %(paid_with)s, %(discount)s, %(total)s, %(sold_by)s, %(created_by)s,
    %(at)s, %(review)s, ''
)
ON CONFLICT (bar_id, key) DO NOTHING
RETURNING id, currency, business_date, paid_on, received_at
"""
# All lines, or none where the shelf no longer says what was judged by it. Triggers take or hold their stock
# (sql/filled_v2.sql). The shelf is locked here and not before: whatever can be done without it has been.
FILL = """
WITH shelf AS MATERIALIZED (
    {lock}
), line AS MATERIALIZED (
    SELECT shelf.id, shelf.name, asked.unit_price, shelf.cost, asked.quantity
    FROM shelf JOIN unnest(
        %(products)s::uuid[], %(unit_prices)s::bigint[], %(quantities)s::int[],
        %(prices)s::bigint[], %(on_sale)s::bool[], %(enough)s::bool[]
    ) AS asked (id, unit_price, quantity, price, on_sale, enough) USING (id)
    WHERE (shelf.price, shelf.is_active, shelf.available >= asked.quantity) = (asked.price, asked.on_sale, asked.enough)
)
INSERT INTO sales_line (bar_id, sale_id, product_id, name, unit_price, unit_cost, quantity)
SELECT %(bar)s, %(sale)s, line.* FROM line
WHERE (SELECT count(*) FROM line) = cardinality(%(products)s::uuid[])
"""
IN_TURN, PATIENTLY = FILL.format(lock=LOCK_IN_TURN), FILL.format(lock=LOCK)


class ShelfChanged(Exception):
    """A price, or whether there is enough, has become another since the look at the shelf; or it is held."""


def price_of(basket: Basket, shelf: Shelf, pk: UUID) -> int:
    """The shelf's price; offline the one that was paid, of which `review` tells where it is strange."""
    return basket.prices.get(pk, shelf[pk].price) if basket.is_offline else shelf[pk].price


def write(sale: Sale) -> bool:
    """Insert the sale, without its lines, and learn what became of it; False where the key has sold before."""
    params: dict[str, Any] = {
        "bar": sale.bar_id,
        "review": Sale._meta.get_field("review").get_db_prep_save(sale.review, connection),
        "at": sale.occurred_at,
        "tab": sale.tab_id,
        "sold_by": sale.sold_by_id,
        "created_by": sale.created_by_id,
    }
    for name in ("key", "fingerprint", "status", "mode", "origin", "payment", "reference", "to_verify", "client",
                 "paid_with", "discount", "total"):  # fmt: skip
        params[name] = getattr(sale, name)
    with connection.cursor() as cursor:
        cursor.execute(WRITE, params)
        row = cursor.fetchone()
    if row:
        sale.pk, sale.currency, sale.business_date, sale.paid_on, sale.received_at = row
    return row is not None


def fill(sale: Sale, basket: Basket, shelf: Shelf, how: str) -> None:
    """Lock the shelf and write the lines of the sale. Raises ShelfChanged where it isn't what was judged.

    `how` is IN_TURN, after those who sell at this bar, or PATIENTLY, after whoever holds one of the products.
    """
    shelved = [(shelf[pk], quantity) for pk, quantity in sorted(basket.quantities.items())]
    params: dict[str, Any] = {
        "bar": sale.bar_id,
        "sale": sale.pk,
        "products": [product.id for product, _ in shelved],
        "unit_prices": [price_of(basket, shelf, product.id) for product, _ in shelved],
        "quantities": [quantity for _, quantity in shelved],
        "prices": [product.price for product, _ in shelved],
        "on_sale": [product.is_active for product, _ in shelved],
        "enough": [product.available >= quantity for product, quantity in shelved],
    }
    with connection.cursor() as cursor:
        cursor.execute(how, params)
        if cursor.rowcount == 0:
            raise ShelfChanged()
