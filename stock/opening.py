"""Products that come with their stock: each unit of it is brought by an opening movement."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from bars.copying import copy_rows, new_ids
from stock.models import Category, Movement

PRODUCT_COLUMNS = (
    "id",
    "bar_id",
    "category_id",
    "name",
    "sku",
    "price",
    "cost",
    "stock",
    "reserved",
    "alert_threshold",
    "is_active",
)
MOVEMENT_COLUMNS = ("bar_id", "product_id", "quantity", "cause", "cause_id", "created_by_id")


class NewProduct(NamedTuple):
    """A product to add, with the stock it has from then on; `price` in minor units, `cost` per unit."""

    id: UUID
    bar_id: UUID
    category: str
    name: str
    price: int
    stock: int
    sku: str = ""
    cost: Decimal = Decimal(0)
    alert_threshold: int = 6


def add_products(products: Sequence[NewProduct]) -> None:
    """Put products on the shelf, on categories that are made where missing.

    Call inside a transaction that also calls `open_stock`: until then the stock has come from nowhere.
    """
    categories = _categories(products)
    copy_rows(
        "stock_product",
        PRODUCT_COLUMNS,
        (
            (
                product.id,
                product.bar_id,
                categories[product.bar_id, product.category],
                product.name,
                product.sku,
                product.price,
                product.cost,
                product.stock,
                0,
                product.alert_threshold,
                True,
            )
            for product in products
        ),
    )


def open_stock(quantities: Mapping[tuple[UUID, UUID], int], *, by: UUID) -> None:
    """One opening movement for each (bar, product); those of one call share their cause number.

    It writes the ledger only: the stock itself, or the past sales that took it, are the caller's.
    """
    (opening,) = new_ids(1)
    copy_rows(
        "stock_movement",
        MOVEMENT_COLUMNS,
        (
            (bar, product, quantity, Movement.Cause.OPENING.value, opening, by)
            for (bar, product), quantity in quantities.items()
            if quantity
        ),
    )


def _categories(products: Sequence[NewProduct]) -> dict[tuple[UUID, str], UUID]:
    """The id of each category by bar and name; new ones stand behind the others, in the order of the products."""
    bars = {product.bar_id for product in products}
    known = {(row.bar_id, row.name): row.pk for row in Category.objects.filter(bar_id__in=bars)}
    wanted = dict.fromkeys((product.bar_id, product.category) for product in products)
    missing = [category for category in wanted if category not in known]
    added = Category.objects.bulk_create(
        Category(id=pk, bar_id=bar, name=name, position=len(known) + position)
        for position, (pk, (bar, name)) in enumerate(zip(new_ids(len(missing)), missing, strict=True))
    )
    return known | {(row.bar_id, row.name): row.pk for row in added}
