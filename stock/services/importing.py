"""The products of a bar from a file: new ones with their opening stock, known ones with what has changed.

The stock of a known product is never changed: it may have been sold since the file was written. So a file that
is imported again finds everything as it says, and writes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, connection
from django.utils.translation import gettext_lazy as _

from bars.copying import expect_many_rows, new_ids
from bars.models import Member
from bars.transactions import durably, open_books
from realtime.errors import Problem
from stock.files.matching import match
from stock.files.tables import Row
from stock.opening import NewProduct, add_products, find_categories, open_stock

ALERT = NewProduct._field_defaults["alert_threshold"]

KNOWN = """
SELECT product.id, product.name, product.sku, category.name AS category, product.price, product.cost, product.stock,
       product.alert_threshold AS alert, product.is_active AS on_sale
FROM stock_product AS product JOIN stock_category AS category ON category.id = product.category_id
WHERE product.bar_id = %(bar)s AND (product.name = ANY(%(names)s) OR product.sku = ANY(%(skus)s))
ORDER BY product.id
"""
LOCK = "FOR NO KEY UPDATE OF product"
ONE_BY_ONE = "SELECT pg_advisory_xact_lock(hashtextextended('products of ' || %s, 0))"
UPDATE = """
UPDATE stock_product AS product
SET name = new.name, sku = new.sku, category_id = new.category, price = new.price, alert_threshold = new.alert,
    is_active = new.on_sale
FROM unnest(%(ids)s::uuid[], %(names)s::text[], %(skus)s::text[], %(categories)s::uuid[], %(prices)s::bigint[],
            %(alerts)s::int[], %(on_sale)s::bool[]) AS new (id, name, sku, category, price, alert, on_sale)
WHERE product.id = new.id AND product.bar_id = %(bar)s
"""


class Known(NamedTuple):
    """A product as the bar has it."""

    id: UUID
    name: str
    sku: str
    category: str
    price: int
    cost: Decimal
    stock: int
    alert: int
    on_sale: bool

    def changed_by(self, values: Mapping[str, Any]) -> "Known":
        """With what a file may change, and says."""
        return self._replace(**{name: values[name] for name in CHANGEABLE if name in values})


CHANGEABLE = ("name", "sku", "category", "price", "alert", "on_sale")


@dataclass(frozen=True)
class Imported:
    """What an import has done, or would do; of known products stock and cost are kept, whatever the file says."""

    created: int
    changed: int
    unchanged: int
    kept_stock: int
    kept_cost: int


class ChangedMeanwhile(Problem):
    status, code = 409, "changed_meanwhile"
    title = _("A product of this file was added or renamed meanwhile: nothing was written, ask again.")


def import_products(member: Member, rows: Sequence[Row]) -> Imported:
    """Add and change the products of these rows, all or nothing.

    Raises FileRefused where a row's name or article number is another product's, ChangedMeanwhile or StillRunning.
    """
    try:
        return _import(member, rows)
    except IntegrityError as error:
        raise ChangedMeanwhile() from error


def check_import(member: Member, rows: Sequence[Row]) -> Imported:
    """What `import_products` would do now, nothing being written. Raises FileRefused."""
    return _summary(match(rows, _known(member.bar_id, rows)))


@durably
def _import(member: Member, rows: Sequence[Row]) -> Imported:
    open_books(member.bar_id)
    expect_many_rows()
    with connection.cursor() as cursor:
        cursor.execute(ONE_BY_ONE, [member.bar_id])
    matched = match(rows, _known(member.bar_id, rows, LOCK))
    _change(member.bar_id, [new for row, old in matched if old and (new := old.changed_by(row.values)) != old])
    _create(member, [row for row, old in matched if old is None])
    return _summary(matched)


def _known(bar_id: UUID, rows: Sequence[Row], lock: str = "") -> list[Known]:
    """The bar's products that have a name or an article number of these rows, in the order of their ids."""
    names = [row.values["name"] for row in rows]
    skus = [row.values["sku"] for row in rows if "sku" in row.values]
    with connection.cursor() as cursor:
        cursor.execute(KNOWN + lock, {"bar": bar_id, "names": names, "skus": skus})
        return [Known(*row) for row in cursor.fetchall()]


def _change(bar_id: UUID, products: Sequence[Known]) -> None:
    if not products:
        return
    categories = find_categories((bar_id, product.category) for product in products)
    params: dict[str, Any] = {
        "bar": bar_id,
        "ids": [product.id for product in products],
        "names": [product.name for product in products],
        "skus": [product.sku for product in products],
        "categories": [categories[bar_id, product.category] for product in products],
        "prices": [int(product.price) for product in products],
        "alerts": [product.alert for product in products],
        "on_sale": [product.on_sale for product in products],
    }
    with connection.cursor() as cursor:
        cursor.execute(UPDATE, params)


def _create(member: Member, rows: Sequence[Row]) -> None:
    products = [_new(pk, member.bar_id, row.values) for pk, row in zip(new_ids(len(rows)), rows, strict=True)]
    if products:
        add_products(products)
        open_stock({(product.bar_id, product.id): product.stock for product in products}, by=member.user_id)


def _new(pk: UUID, bar_id: UUID, values: Mapping[str, Any]) -> NewProduct:
    return NewProduct(
        id=pk,
        bar_id=bar_id,
        category=values["category"],
        name=values["name"],
        price=int(values["price"]),
        stock=values.get("stock", 0),
        sku=values.get("sku", ""),
        cost=values.get("cost", Decimal(0)),
        alert_threshold=values.get("alert", ALERT),
        is_active=values.get("on_sale", True),
    )


def _summary(matched: Iterable[tuple[Row, Known | None]]) -> Imported:
    pairs = [(row.values, old) for row, old in matched]
    known = [(values, old) for values, old in pairs if old]
    changed = sum(old.changed_by(values) != old for values, old in known)
    return Imported(
        created=len(pairs) - len(known),
        changed=changed,
        unchanged=len(known) - changed,
        kept_stock=sum(values.get("stock", old.stock) != old.stock for values, old in known),
        kept_cost=sum(values.get("cost", old.cost) != old.cost for values, old in known),
    )
