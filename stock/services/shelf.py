"""The shelf, seen in passing or under lock: products are locked here before any document changes their stock."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from realtime.errors import Problem

READ = """
SELECT id, name, price, cost, stock, stock - reserved AS available, is_active
FROM stock_product
WHERE bar_id = %(bar)s AND id = ANY(%(products)s)
"""
# In id order, so that no two documents deadlock.
LOCK = f"{READ} ORDER BY id FOR NO KEY UPDATE"
# The price that held when the window began, and every later one.
PRICES = """
SELECT price.product_id, price.price
FROM stock_price AS price
WHERE price.product_id = ANY(%(products)s) AND price.since >= coalesce((
    SELECT max(first.since) FROM stock_price AS first
    WHERE first.product_id = price.product_id AND first.since <= %(since)s
), '-infinity')
"""


class Shelved(NamedTuple):
    """A product as it stands; `price` in minor units, `cost` the average per unit."""

    id: UUID
    name: str
    price: int
    cost: Decimal
    stock: int
    available: int
    is_active: bool


class OutOfStock(Problem):
    """Less is available than asked. `shortages` says for each product what there is."""

    status, code = 409, "stock_insufficient"
    title = _("There is not enough in stock: take less, or receive the goods first.")


class UnknownProduct(Problem):
    status, code, title = 404, "unknown_product", _("This bar does not sell that.")


Shelf = Mapping[UUID, Shelved]


def read_shelf(*, bar_id: UUID, product_ids: Iterable[UUID]) -> dict[UUID, Shelved]:
    """As `lock_shelf`, without a lock: what is seen may change at once."""
    return _ask(READ, bar_id, product_ids)


def lock_shelf(*, bar_id: UUID, product_ids: Iterable[UUID]) -> dict[UUID, Shelved]:
    """Lock the bar's products in id order, so that no two documents can deadlock.

    Call inside a transaction that has opened the books. Products that are unknown or another bar's are
    missing from the result; those off sale are in it.
    """
    return _ask(LOCK, bar_id, product_ids)


def _ask(query: str, bar_id: UUID, product_ids: Iterable[UUID]) -> dict[UUID, Shelved]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"bar": bar_id, "products": sorted(set(product_ids))})
        return {row[0]: Shelved(*row) for row in cursor.fetchall()}


def check_known(shelf: Shelf, product_ids: Collection[UUID]) -> None:
    """Raises UnknownProduct naming every product that the bar hasn't got."""
    if unknown := [str(pk) for pk in product_ids if pk not in shelf]:
        raise UnknownProduct(products=unknown)


def check_on_sale(shelf: Shelf, product_ids: Collection[UUID]) -> None:
    """Raises UnknownProduct naming every product that the bar hasn't got or doesn't sell now."""
    if unknown := [str(pk) for pk in product_ids if pk not in shelf or not shelf[pk].is_active]:
        raise UnknownProduct(products=unknown)


def check_available(shelf: Shelf, quantities: Mapping[UUID, int]) -> None:
    """Raises OutOfStock naming every product that is short."""
    if shortages := shortages_of(shelf, quantities):
        raise OutOfStock(shortages=shortages)


def shortages_of(shelf: Shelf, quantities: Mapping[UUID, int]) -> list[dict]:
    """The products of which less is available than wanted, and how much there is."""
    return [
        {"product": str(pk), "name": shelf[pk].name, "wanted": wanted, "available": shelf[pk].available}
        for pk, wanted in quantities.items()
        if shelf[pk].available < wanted
    ]


def prices_since(product_ids: Collection[UUID], since: datetime) -> set[tuple[UUID, int]]:
    """Every (product, price in minor units) that the shelf has asked at any time from `since` on."""
    with connection.cursor() as cursor:
        cursor.execute(PRICES, {"products": list(product_ids), "since": since})
        return set(cursor.fetchall())
