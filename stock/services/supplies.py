"""Goods received, and deliveries taken back."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.transactions import KeyReused, durably, open_books
from realtime.errors import NotFound, Problem
from stock.costs import average_cost
from stock.models import Product, Supplier, Supply
from stock.services.shelf import Shelved, check_available, check_known, lock_shelf

# Triggers move the stock, and say the business date and what a unit cost until then (sql/ledger_v1.sql).
RECORD = """
INSERT INTO stock_supply (
    bar_id, key, product_id, supplier_id, lots, lot_size, lot_price, payment, reverses_id, note, created_at,
    created_by_id
)
VALUES (
    %(bar)s, %(key)s, %(product)s, %(supplier)s, %(lots)s, %(lot_size)s, %(lot_price)s, %(payment)s, %(reverses)s,
    %(note)s, %(at)s, %(by)s
)
ON CONFLICT DO NOTHING
RETURNING id
"""


@dataclass(frozen=True)
class Delivery:
    """So many lots of a product; `lot_price` in minor units, `lots` below zero for one taken back."""

    key: UUID
    product: UUID
    lots: int
    lot_size: int
    lot_price: int
    payment: Supply.Payment
    supplier: UUID | None = None
    note: str = ""
    reverses: UUID | None = None

    @property
    def units(self) -> int:
        return self.lots * self.lot_size

    @property
    def paid(self) -> int:
        return self.lots * self.lot_price


@dataclass(frozen=True)
class Received:
    """A supply as it stands; `is_replay` when it was written before and nothing new was."""

    supply: Supply
    is_replay: bool


class UnknownSupplier(Problem):
    status, code, title = 404, "unknown_supplier", _("Nobody of that name delivers to this bar.")


class NotReversible(Problem):
    status, code, title = 409, "not_reversible", _("This is a reversal itself: receive the goods again.")


@durably
def receive(member: Member, delivery: Delivery, *, at: datetime) -> Received:
    """Put a delivery on the shelf at the moment `at`, and let its price into the product's average cost.

    Asking again with the same key and delivery answers with the same supply. Raises UnknownProduct,
    UnknownSupplier, KeyReused or StillRunning; nothing was written then.
    """
    open_books(member.bar_id)
    shelf = lock_shelf(bar_id=member.bar_id, product_ids=[delivery.product])
    if stored := _stored(member, delivery):
        return stored
    check_known(shelf, [delivery.product])
    _check_supplier(member, delivery)
    pk = _record(member, delivery, at)
    if pk is None:  # the key has received another product meanwhile
        stored = _stored(member, delivery)
        assert stored is not None
        return stored
    _set_cost(shelf[delivery.product], delivery)
    return Received(_read(pk), is_replay=False)


@durably
def reverse_supply(member: Member, supply_id: UUID, *, note: str = "", at: datetime) -> Received:
    """Take a delivery back by its mirror, and its price out of the average cost.

    Asked again, it answers with the same mirror. Raises NotFound, NotReversible or StillRunning, and
    OutOfStock where some of it is sold or promised.
    """
    open_books(member.bar_id)
    first = Supply.objects.filter(bar_id=member.bar_id, pk=supply_id).first()
    if first is None:
        raise NotFound(_("This bar has received no such supply."))
    if first.reverses_id:
        raise NotReversible()
    shelf = lock_shelf(bar_id=member.bar_id, product_ids=[first.product_id])
    mirror = Supply.objects.filter(reverses=first).first()
    if mirror:
        return Received(_read(mirror.pk), is_replay=True)
    check_available(shelf, {first.product_id: first.units})
    delivery = replace(_delivery_of(first), key=uuid4(), lots=-first.lots, reverses=first.pk, note=note)
    pk = _record(member, delivery, at)
    assert pk is not None  # the product is locked, so nobody else reverses
    _set_cost(shelf[first.product_id], delivery, emptied=first)
    return Received(_read(pk), is_replay=False)


def _check_supplier(member: Member, delivery: Delivery) -> None:
    """Raises UnknownSupplier."""
    suppliers = Supplier.objects.filter(bar_id=member.bar_id, is_active=True)
    if delivery.supplier and not suppliers.filter(pk=delivery.supplier).exists():
        raise UnknownSupplier()


def _delivery_of(supply: Supply) -> Delivery:
    return Delivery(
        key=supply.key,
        product=supply.product_id,
        lots=supply.lots,
        lot_size=supply.lot_size,
        lot_price=supply.lot_price,
        payment=Supply.Payment(supply.payment),
        supplier=supply.supplier_id,
        note=supply.note,
        reverses=supply.reverses_id,
    )


def _stored(member: Member, delivery: Delivery) -> Received | None:
    """The supply that this key has made before. Raises KeyReused for another one, or another person's."""
    stored = Supply.objects.filter(bar_id=member.bar_id, key=delivery.key).first()
    if stored is None:
        return None
    if (_delivery_of(stored), stored.created_by_id) != (delivery, member.user_id):
        raise KeyReused()
    return Received(_read(stored.pk), is_replay=True)


def _record(member: Member, delivery: Delivery, at: datetime) -> UUID | None:
    """The id of the new supply; None where the key has been used."""
    params: dict[str, Any] = {"bar": member.bar_id, "by": member.user_id, "at": at}
    for name in ("key", "product", "supplier", "lots", "lot_size", "lot_price", "reverses", "note"):
        params[name] = getattr(delivery, name)
    with connection.cursor() as cursor:
        cursor.execute(RECORD, params | {"payment": delivery.payment.value})
        row = cursor.fetchone()
    return row[0] if row else None


def _set_cost(product: Shelved, delivery: Delivery, *, emptied: Supply | None = None) -> None:
    """Average the delivery in. One taken back that leaves nothing gives back the cost from before it."""
    cost = average_cost(stock=product.stock, cost=product.cost, units=delivery.units, paid=delivery.paid)
    if emptied and product.stock + delivery.units == 0:
        cost = emptied.cost_before
    if cost != product.cost:
        Product.objects.filter(pk=product.id).update(cost=cost)


def _read(pk: UUID) -> Supply:
    return Supply.objects.select_related("product", "supplier", "created_by", "reversal").get(pk=pk)
