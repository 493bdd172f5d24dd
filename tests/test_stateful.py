"""Random lives of a bar through the services, beside a model of its shelf that knows nothing of the database.

STATEFUL_STEPS=30000 runs more of them, from a new seed each time.
"""

import os
import random
import uuid
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace as Record

import hypothesis.strategies as st
import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from realtime.errors import Problem
from sales.models import Line, Return
from sales.services.consignments import Deposit, claim, consign, expire_of_bar, forfeit
from sales.services.deciding import cancel, reject, undo, validate
from sales.services.expiring import expire_sales_of
from sales.services.returns import Request, ask_return, restock_return
from sales.services.selling import sell
from stock.models import Adjustment, Supply
from stock.services.adjusting import Correction, adjust
from stock.services.supplies import Delivery, receive, reverse_supply
from tests import factories
from tests.settling import settle

STEPS, STEPS_OF_A_LIFE = int(os.environ.get("STATEFUL_STEPS", "1500")), 50
PARTS = 2  # for as many processes
STATE = """
SELECT id, '', stock, reserved FROM stock_product WHERE bar_id = %s
UNION ALL SELECT id, status, NULL, NULL FROM sales_sale WHERE bar_id = %s
UNION ALL SELECT id, status, NULL, NULL FROM sales_return WHERE bar_id = %s
UNION ALL SELECT id, status, NULL, NULL FROM sales_consignment WHERE bar_id = %s
"""
SMALL = st.integers(1, 4)
PICK = st.integers(0, 999)  # which of those that there are
THREE = st.integers(0, 2)
BASKETS = st.dictionaries(THREE, st.integers(1, 3), min_size=1, max_size=3)


def having(name):
    return precondition(lambda life: getattr(life, name))


class Life(RuleBasedStateMachine):
    """Each rule says what must come of it by the model, and does it; then model and database are compared."""

    @initialize(
        stocks=st.lists(st.integers(6, 20), min_size=3, max_size=3), counts=st.lists(SMALL, min_size=6, max_size=6)
    )
    def open(self, stocks, counts):
        self.point = transaction.savepoint()
        bar, name = factories.bar(), uuid.uuid4().hex[:8]
        self.awa, self.koffi, self.yao = (
            factories.member(bar, f"{role}-{name}", role) for role in ("waiter", "manager", "owner")
        )
        self.products = [factories.product(bar, f"Beer {n}", stock=stock).pk for n, stock in enumerate(stocks)]
        self.stock, self.reserved = list(stocks), [0, 0, 0]
        self.sales, self.returns, self.kept, self.supplies = [], [], [], []
        self.have_a_busy_hour(counts)

    def have_a_busy_hour(self, counts):
        """So that a life has something of everything from its first step on."""
        *sold, waiting, taken_back, kept = counts
        for n, count in enumerate(sold):
            self.sell({n: count, (n + 1) % 3: 1}, waiter=False, offline=False)
        self.sell({0: waiting}, waiter=True, offline=False)
        self.take_back(0, 0, taken_back)
        self.consign(1, 0, kept)
        self.receive(2, 1, 3)

    def teardown(self):
        if hasattr(self, "point"):
            settle()
            transaction.savepoint_rollback(self.point)

    # The model

    def lacks(self, quantities):
        return any(self.stock[n] - self.reserved[n] < count for n, count in quantities.items())

    def move(self, quantities, stock=0, reserved=0):
        for n, count in quantities.items():
            self.stock[n] += stock * count
            self.reserved[n] += reserved * count

    def expect(self, expected, work):
        """Returns what the work returned; None where it was refused, as expected."""
        try:
            result, code = work(), "ok"
        except Problem as refusal:
            result, code = None, refusal.code
        assert code == expected
        return result

    def left(self, sale, n):
        hanging = [one.count for one in (*self.returns, *self.kept) if (one.sale, one.n) == (sale, n)]
        return sale.quantities[n] - sum(hanging)

    # Sales

    @rule(quantities=BASKETS, waiter=st.booleans(), offline=st.booleans())
    def sell(self, quantities, waiter, offline):
        member, now = self.awa if waiter else self.koffi, timezone.now()
        basket = factories.basket({self.products[n]: count for n, count in quantities.items()})
        basket = replace(basket, sold_at=now if offline else None)
        lacks = self.lacks(quantities)
        expected = "stock_insufficient" if lacks and not offline else "ok"
        sold = self.expect(expected, lambda: sell(member, basket, at=now))
        if not sold:
            return
        status = "needs_review" if lacks else "pending" if waiter else "validated"
        self.sales.append(Record(pk=sold.sale.pk, status=status, quantities=quantities, basket=basket, member=member))
        self.move(quantities, stock=-(status == "validated"), reserved=status == "pending")

    @having("sales")
    @rule(pick=PICK)
    def sell_again_with_the_same_key(self, pick):
        sale = self.sales[pick % len(self.sales)]
        again = sell(sale.member, sale.basket, at=timezone.now())
        assert (again.is_replay, again.sale.pk) == (True, sale.pk)

    @having("sales")
    @rule(pick=PICK)
    def validate(self, pick):
        sale = self.sales[pick % len(self.sales)]
        held = sale.status == "pending"
        expected = {"rejected": "wrong_status", "cancelled": "wrong_status"}.get(sale.status, "ok")
        if sale.status in ("needs_review", "expired") and self.lacks(sale.quantities):
            expected = "stock_insufficient"
        if self.expect(expected, lambda: validate(self.yao, sale.pk)) and sale.status != "validated":
            sale.status = "validated"
            self.move(sale.quantities, stock=-1, reserved=-held)

    @having("sales")
    @rule(pick=PICK)
    def reject(self, pick):
        sale = self.sales[pick % len(self.sales)]
        expected = "ok" if sale.status in ("pending", "needs_review", "rejected") else "wrong_status"
        if self.expect(expected, lambda: reject(self.koffi, sale.pk, reason="error")):
            self.move(sale.quantities, reserved=-(sale.status == "pending"))
            sale.status = "rejected"

    def is_tied(self, sale):
        return any(one.sale is sale for one in (*self.returns, *self.kept))

    @having("sales")
    @rule(pick=PICK)
    def cancel(self, pick):
        sale = self.sales[pick % len(self.sales)]
        expected = "ok" if sale.status in ("validated", "cancelled") else "wrong_status"
        if sale.status == "validated" and self.is_tied(sale):
            expected = "sale_is_tied"
        if self.expect(expected, lambda: cancel(self.yao, sale.pk, reason="error")):
            self.move(sale.quantities, stock=sale.status == "validated")
            sale.status = "cancelled"

    @having("sales")
    @rule(pick=PICK)
    def undo(self, pick):
        sale = self.sales[pick % len(self.sales)]
        becomes = {"pending": "rejected", "validated": "cancelled"}.get(sale.status, sale.status)
        expected = "ok" if becomes in ("rejected", "cancelled") else "wrong_status"
        if sale.status == "validated" and self.is_tied(sale):
            expected = "sale_is_tied"
        if self.expect(expected, lambda: undo(sale.member, sale.pk, at=timezone.now())):
            self.move(sale.quantities, stock=sale.status == "validated", reserved=-(sale.status == "pending"))
            sale.status = becomes

    @precondition(lambda life: any(sale.status == "pending" for sale in life.sales))
    @rule(rarely=st.integers(0, 3))
    def the_day_is_over(self, rarely):
        if rarely:
            return
        expire_sales_of(self.yao.bar_id, timezone.now() + timedelta(days=2))
        for sale in self.sales:
            if sale.status == "pending":
                sale.status = "expired"
                self.move(sale.quantities, reserved=-1)

    # What hangs on a sale

    def line(self, sale, pick):
        n = sorted(sale.quantities)[pick % len(sale.quantities)]
        return n, Line.objects.values_list("pk", flat=True).get(sale=sale.pk, product=self.products[n])

    def may_hang(self, sale, n, count):
        if sale.status != "validated":
            return "sale_not_validated"
        return "less_is_left" if count > self.left(sale, n) else "ok"

    @having("sales")
    @rule(pick=PICK, which=THREE, count=SMALL)
    def take_back(self, pick, which, count):
        sale = self.sales[pick % len(self.sales)]
        n, line = self.line(sale, which)
        request = Request(uuid.uuid4(), line, count, Return.Reason.WRONG_ITEM)
        if asked := self.expect(self.may_hang(sale, n, count), lambda: ask_return(self.koffi, request)):
            self.returns.append(Record(pk=asked.returned.pk, sale=sale, n=n, count=count, status="approved"))

    @having("returns")
    @rule(pick=PICK)
    def restock(self, pick):
        returned = self.returns[pick % len(self.returns)]
        restock_return(self.koffi, returned.pk)
        self.move({returned.n: returned.count}, stock=returned.status == "approved")
        returned.status = "restocked"

    @having("sales")
    @rule(pick=PICK, which=THREE, count=SMALL)
    def consign(self, pick, which, count):
        sale = self.sales[pick % len(self.sales)]
        n, line = self.line(sale, which)
        deposit = Deposit(uuid.uuid4(), line, count, "Aya")
        expected = self.may_hang(sale, n, count)
        if kept := self.expect(expected, lambda: consign(self.koffi, deposit, at=timezone.now())):
            one = Record(pk=kept.consignment.pk, sale=sale, n=n, count=count, left=count, status="active")
            self.kept.append(one)
            self.move({n: count}, stock=1, reserved=1)

    @having("kept")
    @rule(pick=PICK, count=SMALL)
    def claim(self, pick, count):
        kept = self.kept[pick % len(self.kept)]
        expected = "ok" if kept.status == "active" and count <= kept.left else "less_is_kept"
        key, now = uuid.uuid4(), timezone.now()
        if self.expect(expected, lambda: claim(self.koffi, kept.pk, key=key, quantity=count, at=now)):
            kept.left -= count
            kept.status = "active" if kept.left else "claimed"
            self.move({kept.n: count}, stock=-1, reserved=-1)

    @having("kept")
    @rule(pick=PICK)
    def forfeit(self, pick):
        kept = self.kept[pick % len(self.kept)]
        expected = "ok" if kept.status in ("active", "forfeited") else "consignment_ended"
        if self.expect(expected, lambda: forfeit(self.koffi, kept.pk, at=timezone.now())):
            self.let_go(kept, "forfeited")

    @precondition(lambda life: any(kept.status == "active" for kept in life.kept))
    @rule(rarely=st.integers(0, 3))
    def a_year_later(self, rarely):
        if rarely:
            return
        expire_of_bar(self.yao.bar_id, at=timezone.now() + timedelta(days=365))
        for kept in self.kept:
            self.let_go(kept, "expired")

    def let_go(self, kept, status):
        if kept.status == "active":
            self.move({kept.n: kept.left}, reserved=-1)
            kept.status = status

    # Goods

    @rule(n=THREE, lots=SMALL, size=SMALL)
    def receive(self, n, lots, size):
        delivery = Delivery(uuid.uuid4(), self.products[n], lots, size, 500, Supply.Payment.CASH)
        received = receive(self.koffi, delivery, at=timezone.now())
        self.supplies.append(Record(pk=received.supply.pk, n=n, units=lots * size, is_reversed=False))
        self.move({n: lots * size}, stock=1)

    @having("supplies")
    @rule(pick=PICK)
    def reverse(self, pick):
        supply = self.supplies[pick % len(self.supplies)]
        lacks = not supply.is_reversed and self.lacks({supply.n: supply.units})
        expected = "stock_insufficient" if lacks else "ok"
        if self.expect(expected, lambda: reverse_supply(self.yao, supply.pk, at=timezone.now())):
            self.move({supply.n: supply.units}, stock=-(not supply.is_reversed))
            supply.is_reversed = True

    @rule(n=THREE, quantity=st.integers(-6, 6).filter(bool))
    def adjust(self, n, quantity):
        correction = Correction(uuid.uuid4(), self.products[n], quantity, Adjustment.Reason.BREAKAGE)
        expected = "ok"
        if self.lacks({n: -quantity}):
            expected = "reserved" if self.reserved[n] else "stock_insufficient"
        if self.expect(expected, lambda: adjust(self.yao, correction, at=timezone.now())):
            self.move({n: quantity}, stock=1)

    # After each step

    @invariant()
    def shelf_and_documents_are_where_the_model_has_them(self):
        with connection.cursor() as cursor:
            cursor.execute(STATE, [self.yao.bar_id] * 4)
            found = {pk: rest for pk, *rest in cursor}
        shelf = zip(self.products, self.stock, self.reserved, strict=True)
        documents = {one.pk: [one.status, None, None] for one in (*self.sales, *self.returns, *self.kept)}
        assert found == {pk: ["", *levels] for pk, *levels in shelf} | documents


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
def test_no_life_of_a_bar_leaves_the_model(part, db):
    profile = settings(
        max_examples=STEPS // STEPS_OF_A_LIFE // PARTS,
        stateful_step_count=STEPS_OF_A_LIFE,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    chosen = random.randrange(10**9) if "STATEFUL_STEPS" in os.environ else part
    run_state_machine_as_test(seed(chosen)(Life), settings=profile)
