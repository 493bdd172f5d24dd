"""Deliveries, adjustments and counts beside sales of the same bottles: as if one came after the other."""

import uuid
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from bars.transactions import KeyReused
from sales.models import Sale
from stock.costs import average_cost
from stock.models import Adjustment, CountEntry, Movement, Product, StockCount, Supply
from stock.services.adjusting import Reserved
from stock.services.counting import CountDecided, apply_count, open_count
from stock.services.shelf import OutOfStock
from stock.services.supplies import receive, reverse_supply
from tests import factories
from tests.books import shelf
from tests.races.gate import holding, holding_product, through
from tests.sessions import together

pytestmark = pytest.mark.django_db(transaction=True)
ORDERS = pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["first", "second"])


@pytest.fixture
def empty(bar):
    return factories.product(bar, "Champagne", price=25_000, stock=0)


def names(results):
    """What came of each: the name of the refusal, or what was made."""
    return [type(result).__name__ if isinstance(result, Exception) else "done" for result in results]


def in_order(gate, order, *works):
    """Each result in the place of its work, though they started in this order."""
    results = through(gate, *(works[place] for place in order))
    return [results[order.index(place)] for place in range(len(works))]


def reverse_naively(member, supply):
    """Looks without a lock."""
    with transaction.atomic():
        product = Product.objects.get(pk=supply.product_id)
        if product.stock - product.reserved < supply.units:
            raise OutOfStock()
        mirror = {"lots": -supply.lots, "lot_size": supply.lot_size, "lot_price": supply.lot_price}
        member.bar.supplies.create(
            key=uuid.uuid4(), product=product, payment="cash", reverses=supply, created_by=member.user, **mirror
        )


@ORDERS
@pytest.mark.parametrize("seller", ["awa", "koffi"])
def test_a_sale_and_the_reversal_of_its_delivery(order, seller, request, yao, empty):
    member, supply = request.getfixturevalue(seller), factories.supply(yao, empty, 1, 24)

    with holding_product(empty) as gate:
        sold, reversed_ = in_order(
            gate,
            order,
            lambda: factories.sale(member, {empty.pk: 1}),
            lambda: reverse_supply(yao, supply.pk, at=timezone.now()),
        )

    assert names([sold, reversed_]) == [["done", "OutOfStock"], ["OutOfStock", "done"]][order.index(0)]
    [(stock, reserved)] = shelf(empty)
    assert stock - reserved == (23 if order[0] == 0 else 0)
    assert (Sale.objects.count(), Supply.objects.count()) == ((1, 1) if order[0] == 0 else (0, 2))


def test_the_same_with_a_look_before_the_lock_is_only_saved_by_the_database(koffi, yao, empty):
    """The control: the naive reversal has seen 24 bottles; the CHECK refuses it, and not the service."""
    supply = factories.supply(koffi, empty, 1, 24)

    with holding_product(empty) as gate:
        results = through(gate, lambda: factories.sale(koffi, {empty.pk: 1}), lambda: reverse_naively(yao, supply))

    assert names(results) == ["done", IntegrityError.__name__]
    assert shelf(empty) == [(23, 0)]


def test_two_who_reverse_at_once_make_one_mirror(koffi, yao, empty):
    supply = factories.supply(koffi, empty, 1, 24)

    with holding_product(empty) as gate:
        results = through(gate, *[lambda: reverse_supply(yao, supply.pk, at=timezone.now())] * 4)

    assert len({one.supply.pk for one in results}) == 1
    assert sorted(one.is_replay for one in results) == [False, True, True, True]
    assert (Supply.objects.count(), shelf(empty)) == (2, [(0, 0)])


def receive_ours(member, delivery):
    receive(member, delivery, at=timezone.now())


def receive_naively(member, delivery):
    """Reads the cost, and writes the average it has made of it, without a lock between."""
    with transaction.atomic():
        product = Product.objects.get(pk=delivery.product)
        cost = average_cost(stock=product.stock, cost=product.cost, units=delivery.units, paid=delivery.paid)
        fields = {"lots": delivery.lots, "lot_size": delivery.lot_size, "lot_price": delivery.lot_price}
        member.bar.supplies.create(key=delivery.key, product=product, payment="cash", created_by=member.user, **fields)
        Product.objects.filter(pk=product.pk).update(cost=cost)


@pytest.mark.parametrize(("work", "is_right"), [(receive_naively, False), (receive_ours, True)])
def test_two_deliveries_at_once_both_count_in_the_cost(work, is_right, koffi, bar):
    beer = factories.product(bar, "Beaufort", stock=10, cost=Decimal(100))

    with holding_product(beer) as gate:
        through(
            gate,
            lambda: work(koffi, factories.delivery(beer, 1, 10, 3_000)),
            lambda: work(koffi, factories.delivery(beer, 1, 20, 12_000)),
        )

    beer.refresh_from_db()
    assert (beer.stock, (beer.cost == Decimal(400))) == (40, is_right)


def test_one_key_receives_once_however_many_ask_at_once(koffi, empty):
    delivery = factories.delivery(empty)

    with holding_product(empty) as gate:
        results = through(gate, *[lambda: receive(koffi, delivery, at=timezone.now())] * 6)

    assert len({one.supply.pk for one in results}) == 1
    assert (sum(not one.is_replay for one in results), shelf(empty)) == (1, [(24, 0)])


@ORDERS
@pytest.mark.parametrize(("seller", "refusal"), [("koffi", "OutOfStock"), ("awa", "Reserved")])
def test_an_adjustment_and_a_sale_of_the_last(order, seller, refusal, request, yao):
    member, last = request.getfixturevalue(seller), factories.product(yao.bar, "Champagne", stock=1)

    with holding_product(last) as gate:
        sold, adjusted = in_order(
            gate,
            order,
            lambda: factories.sale(member, {last.pk: 1}),
            lambda: factories.adjustment(yao, last, -1),
        )

    assert names([sold, adjusted]) == (["done", refusal] if order[0] == 0 else ["OutOfStock", "done"])
    assert (Sale.objects.count(), Adjustment.objects.count()) == ((1, 0) if order[0] == 0 else (0, 1))
    [(stock, reserved)] = shelf(last)
    assert stock == reserved == (1 if (order[0], seller) == (0, "awa") else 0)
    if refusal == "Reserved" and order[0] == 0:
        assert isinstance(adjusted, Reserved)
        assert [hold["quantity"] for hold in adjusted.data["products"][0]["held_by"]] == [1]


# Counts


@pytest.fixture
def sheet(yao):
    return factories.sheet(yao)


@pytest.fixture
def counted(awa, sheet, beer):
    """22 of 24, of which the books say nothing yet."""
    factories.counted(awa, sheet, beer, 22)


def holding_sheet(sheet):
    return holding("SELECT 1 FROM stock_stockcount WHERE id = %s FOR UPDATE", sheet.pk)


@ORDERS
@pytest.mark.usefixtures("counted")
def test_a_sale_while_a_count_is_applied_stays_sold(order, koffi, yao, sheet, beer):
    with holding_product(beer) as gate:
        results = in_order(
            gate,
            order,
            lambda: factories.sale(koffi, {beer.pk: 4}),
            lambda: apply_count(yao, sheet.pk, at=timezone.now()),
        )

    assert (names(results), shelf(beer)) == (["done", "done"], [(18, 0)])


@ORDERS
def test_a_sale_while_somebody_counts_is_in_what_the_books_said_or_after_it(order, awa, yao, sheet, beer):
    """The bottle is off the shelf in one order and on it in the other; the number typed is the same."""
    with holding_product(beer) as gate:
        in_order(
            gate,
            order,
            lambda: factories.sale(yao, {beer.pk: 4}),
            lambda: factories.counted(awa, sheet, beer, 20),
        )
    apply_count(yao, sheet.pk, at=timezone.now())

    assert shelf(beer) == [(20, 0) if order[0] == 0 else (16, 0)]


@pytest.mark.usefixtures("counted")
def test_two_who_apply_at_once_adjust_once_and_answer_alike(yao, sheet, beer):
    ama = factories.member(yao.bar, "ama", "co_owner")

    with holding_sheet(sheet) as gate:
        results = through(
            gate, *(lambda member=member: apply_count(member, sheet.pk, at=timezone.now()) for member in (yao, ama))
        )

    assert {(one.pk, one.status, one.decided_by_id) for one in results} == {(sheet.pk, "applied", yao.user_id)}
    assert (Movement.objects.filter(cause="adjustment").count(), shelf(beer)) == (1, [(22, 0)])


def test_one_typing_sent_by_many_at_once_is_noted_once(awa, sheet, beer):
    key = uuid.uuid4()

    with holding_product(beer) as gate:
        results = through(gate, *[lambda: factories.counted(awa, sheet, beer, 5, key=key)] * 4)

    assert (results, CountEntry.objects.count()) == ([None] * 4, 1)


def test_one_key_for_two_products_at_once_notes_one_of_them(awa, sheet, beer, coke):
    key = uuid.uuid4()

    with holding("SELECT 1 FROM stock_product FOR UPDATE") as gate:
        results = through(
            gate,
            *(lambda product=product: factories.counted(awa, sheet, product, 5, key=key) for product in (beer, coke)),
        )

    assert {type(result) for result in results} == {type(None), KeyReused}
    assert CountEntry.objects.count() == 1


@ORDERS
@pytest.mark.usefixtures("counted")
def test_a_number_typed_while_the_sheet_is_applied_counts_or_is_refused(order, koffi, yao, sheet, beer):

    with holding_sheet(sheet) as gate:
        typed, applied = in_order(
            gate,
            order,
            lambda: factories.counted(koffi, sheet, beer, 1),
            lambda: apply_count(yao, sheet.pk, at=timezone.now()),
        )

    assert names([typed, applied]) == [["done", "done"], [CountDecided.__name__, "done"]][order.index(0)]
    assert shelf(beer) == [(23, 0) if order[0] == 0 else (22, 0)]


def test_two_who_open_a_sheet_at_once_get_the_same(yao):
    results = together(*[lambda: open_count(yao, at=timezone.now())] * 4)

    assert len({one.count.pk for one in results}) == 1
    assert (sum(not one.is_replay for one in results), StockCount.objects.count()) == (1, 1)
