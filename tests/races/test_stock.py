import threading
from decimal import Decimal

import psycopg
import pytest
from django.db import ProgrammingError, transaction
from django.db.models import Sum
from django.utils import timezone

from sales.models import Sale
from sales.services.selling import PriceChanged, sell
from stats.models import SalesMinute
from stock.models import Adjustment, Movement, Product
from stock.services.shelf import OutOfStock, UnknownProduct
from tests import factories
from tests.books import shelf
from tests.races.gate import holding, holding_product, run, stock_written_by_hand, through
from tests.sessions import session, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def last_bottle(bar):
    return factories.product(bar, "Champagne", price=25_000, stock=1)


def sell_ours(member, product):
    sell(member, factories.basket({product.pk: 1}), at=timezone.now())
    return "sold"


@transaction.atomic
def write_naively(member, product):
    """Looks, then writes the stock itself: what it has seen may have been sold."""
    left = Product.objects.get(pk=product.pk)
    if left.stock - left.reserved < 1:
        return "refused"
    if member.role == "waiter":
        Product.objects.filter(pk=product.pk).update(reserved=left.reserved + 1)
    else:
        Product.objects.filter(pk=product.pk).update(stock=left.stock - 1)
    return "sold"


@pytest.fixture
def issa(bar):
    return factories.member(bar, "issa", "waiter")


NAIVE, OURS = (write_naively, ["sold", "sold"]), (sell_ours, ["refused", "sold"])


@pytest.mark.parametrize(
    ("sellers", "take", "outcomes"),
    [
        ("awa and issa", *NAIVE),
        ("awa and issa", *OURS),
        ("koffi and yao", *NAIVE),
        ("koffi and yao", *OURS),
        ("awa and koffi", *OURS),  # the naive one is saved by the CHECK here: reserved is never more than stock
    ],
)
def test_two_sellers_and_the_last_bottle(sellers, take, outcomes, last_bottle, request):
    members = [request.getfixturevalue(name) for name in sellers.split(" and ")]

    with stock_written_by_hand(take is write_naively), holding_product(last_bottle) as gate:
        results = through(gate, *(lambda member=member: take(member, last_bottle) for member in members))

    assert sorted("refused" if isinstance(result, OutOfStock) else result for result in results) == outcomes
    [(stock, reserved)] = shelf(last_bottle)
    assert (stock - reserved, Sale.objects.count()) == (0, 1 if take is sell_ours else 0)


@pytest.fixture
def no_lock():
    """A ledger that forgets to lock the shelf before it moves the stock."""
    with session() as owner:
        [(was,)] = owner.execute("SELECT pg_get_functiondef('stock_lock'::regproc)").fetchall()
        owner.execute("CREATE OR REPLACE FUNCTION stock_lock(products uuid[]) RETURNS void LANGUAGE sql AS ''")
    yield
    with session() as owner:
        owner.execute(was)


@pytest.mark.usefixtures("no_lock")
@pytest.mark.parametrize("sellers", ["awa and issa", "koffi and yao", "awa and koffi"])
def test_without_a_lock_the_check_on_the_product_sells_no_more_than_there_is(sellers, last_bottle, request):
    members = [request.getfixturevalue(name) for name in sellers.split(" and ")]

    with holding_product(last_bottle) as gate:
        results = through(gate, *(lambda member=member: sell_ours(member, last_bottle) for member in members))

    assert {type(result) for result in results} == {str, OutOfStock}
    [(stock, reserved)] = shelf(last_bottle)
    assert (stock - reserved, Sale.objects.count()) == (0, 1)


def test_c20_stock_written_by_hand_is_refused(beer):
    """What the naive seller does is refused, unless the trigger is off."""
    with pytest.raises(ProgrammingError) as refusal:
        Product.objects.filter(pk=beer.pk).update(stock=23)

    assert isinstance(refusal.value.__cause__, psycopg.errors.InsufficientPrivilege)
    assert shelf(beer) == [(24, 0)]


def test_i01_eight_sellers_and_twenty_bottles(bar, awa, koffi):
    beer = factories.product(bar, "Beaufort", stock=20)

    def try_five_times(member):
        return [run(lambda: factories.sale(member, {beer.pk: 1})) for _ in range(5)]

    outcomes = together(*(lambda member=member: try_five_times(member) for member in [awa, koffi] * 4))

    [(stock, reserved)] = shelf(beer)
    kinds = [type(outcome) for mine in outcomes for outcome in mine]
    validated = Sale.objects.validated().count()
    assert (kinds.count(Sale), kinds.count(OutOfStock), Sale.objects.count()) == (20, 20, 20)
    assert (stock, reserved) == (20 - validated, 20 - validated)
    assert Movement.objects.filter(product=beer).aggregate(total=Sum("quantity"))["total"] == stock
    assert sum(SalesMinute.objects.values_list("sales", flat=True)) == validated


SALES, THREADS = 200, 8


def test_c21_baskets_in_both_orders_never_deadlock(bar, awa, koffi, monkeypatch):
    monkeypatch.setattr("bars.transactions.MOST_TRIES", 1)  # a second try would hide that there was one
    beer, coke = factories.product(bar, "Beaufort", stock=1000), factories.product(bar, "Coca", stock=1000)
    orders = [(beer.pk, coke.pk), (coke.pk, beer.pk)]

    def sell_all(number):
        for turn in range(SALES // THREADS):
            first, second = orders[(number + turn) % 2]
            factories.sale([awa, koffi][number // 2 % 2], {first: 1, second: 1})

    outcomes = together(*(lambda number=number: sell_all(number) for number in range(THREADS)))

    assert outcomes == [None] * THREADS
    assert Sale.objects.count() == SALES
    assert [stock - reserved for stock, reserved in shelf(beer, coke)] == [800, 800]


def test_the_same_with_products_locked_as_they_come_deadlocks(beer, coke):
    """The control: without the order of `lock_shelf` the baskets of the test above do deadlock."""
    both_hold_one = threading.Barrier(2)

    @transaction.atomic
    def take(first, second):
        Product.objects.filter(pk=first.pk).update(stock=first.stock - 1)
        both_hold_one.wait(10)
        Product.objects.filter(pk=second.pk).update(stock=second.stock - 1)

    with stock_written_by_hand():
        outcomes = together(lambda: run(lambda: take(beer, coke)), lambda: run(lambda: take(coke, beer)))

    states = [getattr(outcome.__cause__, "sqlstate", "") for outcome in outcomes if outcome]
    assert states == ["40P01"]


def test_a_sale_that_waits_for_a_new_price_costs_the_new_price(koffi, beer):
    with holding("UPDATE stock_product SET price = 1200 WHERE id = %s", beer.pk) as gate:
        gate.open = gate.holder.commit
        [sale] = through(gate, lambda: factories.sale(koffi, {beer.pk: 2}))

    assert sale.total == 2400


@pytest.mark.parametrize(
    ("column", "kept_as", "value"), [("name", "name", "Flag"), ("cost", "unit_cost", Decimal(410))]
)
def test_a_sale_that_waits_for_another_name_or_cost_keeps_that(column, kept_as, value, koffi, beer):
    with holding(f"UPDATE stock_product SET {column} = %s WHERE id = %s", value, beer.pk) as gate:
        gate.open = gate.holder.commit
        [sale] = through(gate, lambda: factories.sale(koffi, {beer.pk: 2}))

    assert list(sale.lines.values_list(kept_as, flat=True)) == [value]


def test_a_sale_that_has_seen_the_old_price_is_told_the_new_one(koffi, beer):
    with holding("UPDATE stock_product SET price = 1200 WHERE id = %s", beer.pk) as gate:
        gate.open = gate.holder.commit
        [refused] = through(gate, lambda: factories.sale(koffi, {beer.pk: 2}, prices={beer.pk: 1000}))

    assert (type(refused), refused.data) == (PriceChanged, {"prices": [{"product": str(beer.pk), "price": 1200}]})
    assert Sale.objects.count() == 0


def test_a_product_taken_off_sale_while_the_sale_waits_is_not_sold(koffi, beer):
    with holding("UPDATE stock_product SET is_active = false WHERE id = %s", beer.pk) as gate:
        gate.open = gate.holder.commit
        [refused] = through(gate, lambda: factories.sale(koffi, {beer.pk: 2}))

    assert isinstance(refused, UnknownProduct)
    assert (Sale.objects.count(), shelf(beer)) == (0, [(24, 0)])


def test_i33_an_offline_sale_is_not_short_of_what_comes_while_it_is_written(koffi, beer):
    """It has seen 24 bottles on the shelf, and stands before its lines when five more are found."""
    at = timezone.now()
    basket = factories.basket({beer.pk: 25}, sold_at=at)

    with holding("LOCK TABLE sales_line IN SHARE MODE") as gate:

        def find():
            factories.adjustment(koffi, beer, 5, reason=Adjustment.Reason.COUNT)
            gate.holder.rollback()

        gate.open = find
        [sold] = through(gate, lambda: sell(koffi, basket, at=at))

    assert (sold.sale.status, sold.sale.review, shelf(beer)) == (Sale.Status.VALIDATED, None, [(4, 0)])
