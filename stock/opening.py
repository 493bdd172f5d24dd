"""Products that come with their stock: each unit of it is brought by an opening movement."""

from collections.abc import Iterable, Mapping, Sequence
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
    is_active: bool = True


def add_products(products: Sequence[NewProduct]) -> None:
    """Put products on the shelf, on categories that are made where missing.

    Call inside a transaction that also calls `open_stock`: it brings their stock.
    """
    categories = find_categories((product.bar_id, product.category) for product in products)
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
                0,
                0,
                product.alert_threshold,
                product.is_active,
            )
            for product in products
        ),
    )


def open_stock(quantities: Mapping[tuple[UUID, UUID], int], *, by: UUID) -> None:
    """One opening movement for each (bar, product); those of one call share their cause number.

    The ledger moves the stock.
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


def find_categories(wanted: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], UUID]:
    """The id of each category by bar and name; new ones stand behind the others, in the order wanted."""
    names = dict.fromkeys(wanted)
    rows = Category.objects.filter(bar_id__in={bar for bar, _ in names})
    known = {(row.bar_id, row.name): row.pk for row in rows}
    missing = [category for category in names if category not in known]
    added = Category.objects.bulk_create(
        Category(id=pk, bar_id=bar, name=name, position=len(known) + position)
        for position, (pk, (bar, name)) in enumerate(zip(new_ids(len(missing)), missing, strict=True))
    )
    return known | {(row.bar_id, row.name): row.pk for row in added}
