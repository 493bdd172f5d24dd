"""All orders of the steps of two services, not some: each order on a product of its own."""

import uuid
from collections import Counter
from math import comb

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bars.invariants import verify
from sales.models import Line, Return
from sales.services.consignments import Deposit, claim, consign
from sales.services.deciding import cancel, reject, validate
from sales.services.returns import Request, ask_return, restock_return
from sales.services.selling import sell
from stock.models import Product, Supply
from stock.services.supplies import Delivery, receive, reverse_supply
from tests import factories
from tests.races.gate import stock_written_by_hand
from tests.races.interleaving import INSIDE_A_SALE, conducting, orders

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

OPEN = """
WITH made AS (
    INSERT INTO stock_product (bar_id, category_id, name, sku, price, cost, stock, reserved, alert_threshold, is_active)
    SELECT %(bar)s, %(category)s, 'Bière ' || gen_random_uuid(), '', 1000, 0, 0, 0, 6, true
    FROM generate_series(1, %(count)s)
    RETURNING id
), opened AS (
    INSERT INTO stock_movement (bar_id, product_id, quantity, cause, cause_id, created_by_id)
    SELECT %(bar)s, id, %(stock)s, 'opening', id, %(by)s FROM made WHERE %(stock)s > 0
)
SELECT id FROM made
"""


@pytest.fixture
def plenty(bar):
    return factories.product(bar, "Glace", price=0, stock=100_000)


def open_shelf(plenty, member, *, count, stock):
    """So many new products, in one statement."""
    params = {"bar": plenty.bar_id, "category": plenty.category_id, "count": count, "stock": stock}
    with connection.cursor() as cursor:
        cursor.execute(OPEN, params | {"by": member.user_id})
        return [pk for (pk,) in cursor.fetchall()]


def shelf_of(products):
    """How many products have so much (stock, reserved)."""
    return Counter(Product.objects.filter(pk__in=products).values_list("stock", "reserved"))


def selling(member, *products):
    basket = factories.basket(dict.fromkeys(products, 1))
    return lambda: sell(member, basket, at=timezone.now()).sale.status.value


def broken():
    return [finding.invariant.id for finding in verify() if finding.broken]


def naively(*products):
    """Looks, then writes what it has seen less one."""

    @transaction.atomic
    def take():
        left = [Product.objects.values_list("stock", flat=True).get(pk=pk) for pk in products]
        if min(left) < 1:
            return "stock_insufficient"
        for pk, seen in zip(products, left, strict=True):
            Product.objects.filter(pk=pk).update(stock=seen - 1)
        return "validated"

    return take


SIX = orders(6, 6)
ONE_OF_TWO = {("stock_insufficient", "validated"): 924}


@pytest.mark.parametrize(
    ("stock", "outcomes"), [(1, ONE_OF_TWO), (2, {("validated", "validated"): 924})], ids=["one bottle", "two bottles"]
)
def test_two_sales_in_all_924_orders_of_their_steps(stock, outcomes, koffi, yao, plenty):
    """Six steps: look at the shelf, the sale's row, go to fill it, lines and lock, stock and check, and COMMIT."""
    products = open_shelf(plenty, koffi, count=len(SIX) + 1, stock=stock)
    with conducting(pauses=INSIDE_A_SALE) as conductor:
        assert conductor.steps_of(selling(koffi, products.pop(), plenty.pk)) == [6]
        found = Counter(
            tuple(sorted(conductor.play(order, selling(koffi, pk, plenty.pk), selling(yao, plenty.pk, pk))))
            for order, pk in zip(SIX, products, strict=True)
        )

    assert (len(SIX), found) == (comb(12, 6), outcomes)
    assert shelf_of(products) == {(0, 0): 924}
    assert broken() == []


def test_two_naive_sales_oversell_in_one_of_the_924_orders(koffi, plenty):
    """The control: six steps as well, with the trigger off that refuses stock written by hand."""
    products = open_shelf(plenty, koffi, count=len(SIX) + 1, stock=1)
    with stock_written_by_hand(), conducting(stops_to_read=True, pauses=INSIDE_A_SALE[1:]) as conductor:
        assert conductor.steps_of(naively(products.pop(), plenty.pk)) == [6]
        outcomes = (
            conductor.play(order, naively(pk, plenty.pk), naively(pk, plenty.pk))
            for order, pk in zip(SIX, products, strict=True)
        )
        assert ["validated", "validated"] in outcomes


# Other pairs. Each prepares two works for an order, and says how they may end, with the shelf then: (stock, reserved).


def of_sale(member, product):
    """The last bottle, sold."""
    sale = factories.sale(member, {product: 1})
    return sale, Line.objects.get(sale=sale)


def returned_and_sold(koffi, yao, awa, product):
    _, line = of_sale(koffi, product)
    request = Request(uuid.uuid4(), line.pk, 1, Return.Reason.WRONG_ITEM)
    returned = ask_return(koffi, request).returned
    return lambda: restock_return(koffi, returned.pk).status, selling(yao, product)


def taken_back_and_cancelled(koffi, yao, awa, product):
    sale, line = of_sale(koffi, product)
    request = Request(uuid.uuid4(), line.pk, 1, Return.Reason.WRONG_ITEM)
    return lambda: ask_return(koffi, request).returned.status, lambda: cancel(yao, sale.pk, reason="error").status.value


def cancelled_and_sold(koffi, yao, awa, product):
    sale, _ = of_sale(koffi, product)
    return lambda: cancel(yao, sale.pk, reason="error").status.value, selling(koffi, product)


def reversed_and_sold(koffi, yao, awa, product):
    factories.sale(koffi, {product: 1})
    delivery = Delivery(uuid.uuid4(), product, 1, 1, 500, Supply.Payment.CASH)
    supply = receive(koffi, delivery, at=timezone.now()).supply
    reversing = lambda: reverse_supply(yao, supply.pk, at=timezone.now()) and "reversed"  # noqa: E731
    return reversing, selling(koffi, product)


def claimed_twice(koffi, yao, awa, product):
    _, line = of_sale(koffi, product)
    deposit = Deposit(uuid.uuid4(), line.pk, 1, "Aya")
    kept = consign(koffi, deposit, at=timezone.now()).consignment

    def claiming(member):
        key = uuid.uuid4()
        return lambda: claim(member, kept.pk, key=key, quantity=1, at=timezone.now()) and "claimed"

    return claiming(koffi), claiming(yao)


def validated_and_rejected(koffi, yao, awa, product):
    sale = factories.sale(awa, {product: 1})
    return lambda: validate(koffi, sale.pk).status.value, lambda: reject(yao, sale.pk, reason="error").status.value


PAIRS = {
    returned_and_sold: {("restocked", "validated"): (0, 0), ("restocked", "stock_insufficient"): (1, 0)},
    cancelled_and_sold: {("cancelled", "validated"): (0, 0), ("cancelled", "stock_insufficient"): (1, 0)},
    reversed_and_sold: {("reversed", "stock_insufficient"): (0, 0), ("stock_insufficient", "validated"): (0, 0)},
    claimed_twice: {("claimed", "less_is_kept"): (0, 0), ("less_is_kept", "claimed"): (0, 0)},
    taken_back_and_cancelled: {("approved", "sale_is_tied"): (0, 0), ("sale_not_validated", "cancelled"): (1, 0)},
    validated_and_rejected: {("validated", "wrong_status"): (0, 0), ("wrong_status", "rejected"): (1, 0)},
}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.__name__.replace("_", " "))
def test_all_orders_of_two_services_end_in_one_of_two_right_ways(pair, koffi, yao, awa, plenty):
    ways, found = PAIRS[pair], Counter()
    with conducting() as conductor:
        forth, back = open_shelf(plenty, koffi, count=2, stock=1)
        first, second = pair(koffi, yao, awa, forth), pair(koffi, yao, awa, back)[::-1]
        steps = zip(conductor.steps_of(*first), reversed(conductor.steps_of(*second)), strict=True)
        every = orders(*map(max, steps))
        for order, product in zip(every, open_shelf(plenty, koffi, count=len(every), stock=1), strict=True):
            outcome = tuple(conductor.play(order, *pair(koffi, yao, awa, product)))
            found[outcome, *shelf_of([product])] += 1

    assert set(found) == set(ways.items())
    assert (sum(found.values()), broken()) == (len(every), [])
