"""A sale is written in two statements, its row and its lines, and waits for no other of its bar before they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection
from django.db.backends.utils import CursorWrapper
from uuid_utils.compat import uuid7

from bars.transactions import constraint_of
from sales.basket import Basket
from sales.models import Sale
from stock.services.shelf import Shelf

# Nothing for a key that has sold. Whose turn it is to take from the shelf: see stock_lock (stock/sql/ledger_v2.sql).
WRITE = """
INSERT INTO sales_sale (
    id, bar_id, key, fingerprint, status, mode, origin, payment, reference, to_verify, client, tab_id, paid_with,
    discount, total, sold_by_id, created_by_id, occurred_at, review, reason
)
VALUES (
    %(id)s, %(bar)s, %(key)s, %(fingerprint)s, %(status)s, %(mode)s, %(origin)s, %(payment)s, %(reference)s,
    %(to_verify)s, %(client)s, %(tab)s, %(paid_with)s, %(discount)s, %(total)s, %(sold_by)s, %(created_by)s,
    %(at)s, %(review)s, ''
)
ON CONFLICT (bar_id, key) DO NOTHING
RETURNING currency, business_date, paid_on, received_at, set_config('stock.queue', %(queue)s, true)
"""
# Its lines, all or none (sql/filled_v3.sql). Triggers take or hold their stock, and only then is the shelf locked.
FILL = """
SELECT sales_fill(
    %(sale)s, %(products)s, %(quantities)s::int[], %(names)s::text[], %(paid)s::bigint[], %(costs)s::numeric[],
    %(asked)s::bigint[], %(active)s, %(short)s::int[]
)
"""
# What Postgres refuses a sale with where the shelf is no longer what was judged.
OUTDATED = {
    "the_shelf_is_as_it_was_judged",
    "reserved_is_between_0_and_stock",
    "a_seller_in_turn_waits_for_no_product",
}


class ShelfChanged(Exception):
    """A price, or whether there is enough, has become another since the look at the shelf; or it is held."""


@contextmanager
def shelf_as_judged() -> Iterator[None]:
    """Around the transaction of a sale: raises ShelfChanged where Postgres refuses it for that."""
    try:
        yield
    except IntegrityError as error:
        if constraint_of(error) in OUTDATED:
            raise ShelfChanged() from error
        raise


def price_of(basket: Basket, shelf: Shelf, pk: UUID) -> int:
    """The shelf's price; offline the one that was paid, of which `review` tells where it is strange."""
    return basket.prices.get(pk, shelf[pk].price) if basket.is_offline else shelf[pk].price


@dataclass(frozen=True)
class Recording:
    """A sale that is being written, and the cursor that will know what became of it."""

    sale: Sale
    written: CursorWrapper

    def is_new(self) -> bool:
        """Call after COMMIT: whether the sale was written. It has learnt then what the database has added to it."""
        with self.written as cursor:
            row = cursor.fetchone()
        if row:
            sale = self.sale
            sale.currency, sale.business_date, sale.paid_on, sale.received_at, _ = row
        return row is not None


def record(sale: Sale, basket: Basket, shelf: Shelf, *, in_turn: bool) -> Recording:
    """Insert the sale unless its key has sold before, with its lines, if the shelf is as it was judged.

    `in_turn`: after those who sell at this bar, waiting for no product that somebody else holds; else after whoever
    holds one. In a pipeline nothing is waited for, and what is wrong comes with COMMIT: see `shelf_as_judged`.
    """
    sale.pk = uuid7()
    written = connection.cursor()
    written.execute(WRITE, _row(sale) | {"queue": str(sale.bar_id) if in_turn else ""})
    with connection.cursor() as cursor:
        cursor.execute(FILL, _lines(sale, basket, shelf))
    return Recording(sale, written)


def _row(sale: Sale) -> dict[str, Any]:
    same = (
        "id", "key", "fingerprint", "status", "mode", "origin", "payment", "reference", "to_verify", "client",
        "paid_with", "discount", "total",
    )  # fmt: skip
    return {name: getattr(sale, name) for name in same} | {
        "bar": sale.bar_id,
        "review": Sale._meta.get_field("review").get_db_prep_save(sale.review, connection),
        "at": sale.occurred_at,
        "tab": sale.tab_id,
        "sold_by": sale.sold_by_id,
        "created_by": sale.created_by_id,
    }


def _lines(sale: Sale, basket: Basket, shelf: Shelf) -> dict[str, Any]:
    shelved = [(shelf[pk], quantity) for pk, quantity in sorted(basket.quantities.items())]
    return {
        "sale": sale.pk,
        "products": [product.id for product, _ in shelved],
        "quantities": [quantity for _, quantity in shelved],
        "names": [product.name for product, _ in shelved],
        "paid": [price_of(basket, shelf, product.id) for product, _ in shelved],
        "costs": [product.cost for product, _ in shelved],
        "asked": [product.price for product, _ in shelved],
        "active": [product.is_active for product, _ in shelved],
        "short": [quantity if product.available < quantity else None for product, quantity in shelved],
    }
