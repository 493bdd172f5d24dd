"""Sales of before the books began, written in bulk: the same rows that `sell` writes, with every trigger on.

What they took is not on the shelf any more, so the shelf ends as it was: for each product an opening
movement brings exactly what these sales take, and a product that is new also what is left of it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from bars.copying import Tell, copy_rows, expect_many_rows, new_ids, silent, told
from bars.models import Bar
from bars.transactions import open_books
from realtime.notifications import tell_nobody
from sales.basket import Basket
from sales.models import Sale
from stock.models import Product
from stock.opening import NewProduct, add_products, open_stock

SALE_COLUMNS = (
    "id", "bar_id", "key", "fingerprint", "status", "mode", "origin", "payment", "paid_with", "reference", "to_verify",
    "client", "discount", "total", "sold_by_id", "created_by_id", "occurred_at", "reason",
)  # fmt: skip
LINE_COLUMNS = ("bar_id", "sale_id", "product_id", "name", "unit_price", "unit_cost", "quantity")


@dataclass(frozen=True)
class PastSale:
    """A basket that was sold and paid long ago, at the prices it names for each of its products."""

    bar: Bar
    seller_id: UUID
    basket: Basket
    occurred_at: datetime

    @property
    def total(self) -> int:
        return sum(self.basket.prices[product] * count for product, count in self.basket.quantities.items())


def record_history(*, products: Sequence[NewProduct], sales: Sequence[PastSale], by: UUID, tell: Tell = silent) -> None:
    """Add new products with their stock, and validated sales of these or of known products, opened by `by`.

    Call inside a transaction. A key that has sold before is an IntegrityError: leave it out.
    """
    expect_many_rows()
    tell_nobody()
    for bar_id in sorted({product.bar_id for product in products} | {sale.bar.pk for sale in sales}):
        open_books(bar_id)
    add_products(list(told("products", products, tell)))
    opened = Counter({(product.bar_id, product.id): product.stock for product in products})
    for sale in sales:
        opened.update({(sale.bar.pk, product): count for product, count in sale.basket.quantities.items()})
    open_stock(opened, by=by)
    _record_sales(list(zip(new_ids(len(sales)), sales, strict=True)), tell)
    tell("committing", 0, 1)


def _record_sales(sales: Sequence[tuple[UUID, PastSale]], tell: Tell) -> None:
    """The sales under these ids, then their lines, whose trigger takes the stock."""
    shelf = _shelf({sale.bar.pk for _, sale in sales})
    lines = [(sale_id, sale, *line) for sale_id, sale in sales for line in sale.basket.quantities.items()]
    copy_rows("sales_sale", SALE_COLUMNS, (_sale_row(*pair) for pair in told("sales", sales, tell)))
    copy_rows(
        "sales_line",
        LINE_COLUMNS,
        (
            (sale.bar.pk, sale_id, product, shelf[product][0], sale.basket.prices[product], shelf[product][1], count)
            for sale_id, sale, product, count in told("lines", lines, tell)
        ),
    )


def _shelf(bars: set[UUID]) -> dict[UUID, tuple[str, Any]]:
    """Name and cost of the bars' products."""
    rows = Product.objects.filter(bar_id__in=bars).values_list("id", "name", "cost")
    return {pk: (name, cost) for pk, name, cost in rows}


def _sale_row(sale_id: UUID, sale: PastSale) -> tuple[Any, ...]:
    bar = sale.bar
    return (
        sale_id,
        bar.pk,
        sale.basket.key,
        sale.basket.fingerprint(sale.seller_id),
        Sale.Status.VALIDATED.value,
        bar.mode,
        Sale.Origin.IMPORT.value,
        sale.basket.payment.value,
        sale.basket.payment.value,
        "",
        False,
        "",
        0,
        sale.total,
        sale.seller_id,
        sale.seller_id,
        sale.occurred_at,
        "",
    )
