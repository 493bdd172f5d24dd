"""Selling. One durable transaction per sale, three statements whatever the number of lines."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction

from bars.business_day import business_date
from bars.models import Bar, Member
from bars.permissions import Permission
from realtime.errors import NotAllowed, Problem
from sales.models import Sale
from stock.services import Shelved, check_shelf, lock_shelf, reserve, take

LOCK_NOT_AVAILABLE = "55P03"

# Sale and lines in one statement: no line without its sale, and nothing at all for a key that has sold.
RECORD = """
WITH sale AS (
    INSERT INTO sales_sale (bar_id, key, fingerprint, status, mode, payment, total, currency,
                            sold_by_id, created_by_id, occurred_at, business_date)
    VALUES (%(bar)s, %(key)s, %(fingerprint)s, %(status)s, %(mode)s, %(payment)s, %(total)s, %(currency)s,
            %(by)s, %(by)s, %(at)s, %(date)s)
    ON CONFLICT (bar_id, key) DO NOTHING
    RETURNING id
), lines AS (
    INSERT INTO sales_line (bar_id, sale_id, product_id, name, unit_price, unit_cost, quantity)
    SELECT %(bar)s, sale.id, line.*
    FROM sale, unnest(%(products)s::uuid[], %(names)s::text[], %(prices)s::bigint[], %(costs)s::numeric[],
                      %(quantities)s::int[]) AS line
)
SELECT id FROM sale
"""


@dataclass(frozen=True)
class Basket:
    """What the till sends: its own key, how it was paid, and so many of each product.

    `prices` are the unit prices the seller saw, in minor units; they are only checked.
    """

    key: UUID
    payment: Sale.Payment
    quantities: Mapping[UUID, int]
    prices: Mapping[UUID, int]

    def fingerprint(self, seller_id: UUID) -> str:
        """The same for the same order by the same seller, whatever the order of its lines."""
        body = [
            str(seller_id),
            self.payment,
            sorted((str(pk), count, self.prices.get(pk)) for pk, count in self.quantities.items()),
        ]
        return hashlib.sha256(json.dumps(body).encode()).hexdigest()


@dataclass(frozen=True)
class Sold:
    """A sale as it stands; `is_replay` when the key had sold before and nothing new was written."""

    sale: Sale
    is_replay: bool


class KeyReused(Problem):
    status, code, title = 422, "key_reused", "This key has already sold something else: mint a new one."


class StillRunning(Problem):
    """Another request has held the key, a product or the bar's events for longer than the lock timeout."""

    status, code = 409, "in_progress"
    title = "Another sale is still being written: nothing was sold, ask again with the same key."


class PriceChanged(Problem):
    """`prices` says what each product costs now."""

    status, code, title = 409, "price_changed", "A price has changed since the basket was filled."


def sell(member: Member, basket: Basket, *, at: datetime) -> Sold:
    """Sell a basket at the moment `at`: taken from stock at once, or reserved where it must be validated.

    Asking again with the same key and basket answers with the same sale. Raises NotAllowed,
    UnknownProduct, OutOfStock, PriceChanged, KeyReused, or StillRunning when another request has held
    the key, a product or the bar's events for longer than the lock timeout. Whatever of these is
    raised, nothing was written. An OperationalError leaves that open where the answer to COMMIT is lost.
    """
    if not member.can(Permission.SELL):
        raise NotAllowed("Waiters don't sell in this bar: the manager picks their name.")
    try:
        return _sell(member, basket, at)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == LOCK_NOT_AVAILABLE:
            raise StillRunning(retry_after=2) from error
        raise


@transaction.atomic(durable=True)
def _sell(member: Member, basket: Basket, at: datetime) -> Sold:
    """Lock the shelf, record sale and lines, move stock; stream heads come last, at commit.

    Prices are known only under the lock, so the sale is inserted after it, once and complete. A
    second request with the same key waits for the shelf or for the key, then finds the first's sale.
    """
    shelf = lock_shelf(bar_id=member.bar_id, product_ids=sorted(basket.quantities))
    sale = _sale_of(member, basket, shelf, at)
    if not _record(sale, basket, shelf):
        return _replay(sale)
    check_shelf(shelf, basket.quantities)
    check_prices(shelf, basket.prices)
    if sale.status == Sale.Status.VALIDATED:
        take(bar_id=sale.bar_id, quantities=basket.quantities, sale_id=sale.pk, by=member.user_id)
    else:
        reserve(bar_id=sale.bar_id, quantities=basket.quantities)
    return Sold(sale, is_replay=False)


def _sale_of(member: Member, basket: Basket, shelf: Mapping[UUID, Shelved], at: datetime) -> Sale:
    bar: Bar = member.bar
    return Sale(
        bar=bar,
        key=basket.key,
        fingerprint=basket.fingerprint(member.user_id),
        status=Sale.Status.VALIDATED if member.can(Permission.SELL_VALIDATED) else Sale.Status.PENDING,
        mode=bar.mode,
        payment=basket.payment,
        total=sum(shelf[pk].price * count for pk, count in basket.quantities.items() if pk in shelf),
        currency=bar.currency,
        sold_by_id=member.user_id,
        created_by_id=member.user_id,
        occurred_at=at,
        business_date=business_date(at, bar.zone, bar.closing_hour),
    )


def _record(sale: Sale, basket: Basket, shelf: Mapping[UUID, Shelved]) -> bool:
    """Insert the sale with its lines and learn its id; False where the key has sold before."""
    known = [(shelf[pk], count) for pk, count in basket.quantities.items() if pk in shelf]
    columns: dict[str, Callable[[Shelved], Any]] = {
        "products": lambda product: product.id,
        "names": lambda product: product.name,
        "prices": lambda product: product.price,
        "costs": lambda product: product.cost,
    }
    params: dict[str, Any] = {name: [read(product) for product, _ in known] for name, read in columns.items()} | {
        "bar": sale.bar_id,
        "key": sale.key,
        "fingerprint": sale.fingerprint,
        "status": sale.status,
        "mode": sale.mode,
        "payment": sale.payment,
        "total": sale.total,
        "currency": sale.currency,
        "by": sale.sold_by_id,
        "at": sale.occurred_at,
        "date": sale.business_date,
        "quantities": [count for _, count in known],
    }
    with connection.cursor() as cursor:
        cursor.execute(RECORD, params)
        row = cursor.fetchone()
    if row:
        sale.pk = row[0]
    return row is not None


def _replay(asked: Sale) -> Sold:
    """The sale that this key has made before. Raises KeyReused for another basket or seller."""
    stored = Sale.objects.select_related("bar").get(bar_id=asked.bar_id, key=asked.key)
    if stored.fingerprint != asked.fingerprint:
        raise KeyReused()
    return Sold(stored, is_replay=True)


def check_prices(shelf: Mapping[UUID, Shelved], seen: Mapping[UUID, int]) -> None:
    """Raises PriceChanged where the seller saw another price than the shelf's."""
    changed = [pk for pk, price in seen.items() if shelf[pk].price != price]
    if changed:
        raise PriceChanged(prices=[{"product": str(pk), "price": shelf[pk].price} for pk in changed])
