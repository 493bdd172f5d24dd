"""A tab that is sold on while it is settled: the sale is paid with it, or refused."""

import uuid

import pytest
from django.db import transaction
from django.utils import timezone

from bars.transactions import KeyReused
from sales.models import Return, Sale, Settlement, Tab
from sales.services.deciding import validate
from sales.services.selling import TabNotOpen
from sales.services.tabs import Payment, TabNotDecided, settle_tab
from tests import factories
from tests.races.gate import holding, holding_product, through
from tests.races.unguarded import unguarded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tab(koffi, beer):
    """A tab with one sale of 1,000."""
    opened = factories.tab(koffi)
    factories.sale_on(opened, koffi, {beer.pk: 1})
    return opened


def holding_tab(tab):
    return holding("SELECT 1 FROM sales_tab WHERE id = %s FOR UPDATE", tab.pk)


def holding_sale(sale):
    return holding("SELECT 1 FROM sales_sale WHERE id = %s FOR UPDATE", sale.pk)


def sell_ours(member, tab, product):
    return factories.sale_on(tab, member, {product.pk: 2})


def settle_ours(member, tab, key=None):
    payment = Payment(key=key or uuid.uuid4(), payment=Settlement.Payment.CASH)
    return settle_tab(member, tab.pk, payment, at=timezone.now()).settlement


def unpaid(tab):
    return sum(tab.sales.filter(paid_with=None).values_list("total", flat=True))


def test_i38_a_sale_that_comes_first_is_paid_with_the_tab(koffi, yao, tab, beer):
    """The seller waits at the shelf with the tab in hand; who settles waits for the tab."""
    with holding_product(beer) as gate:
        sale, settlement = through(gate, lambda: sell_ours(koffi, tab, beer), lambda: settle_ours(yao, tab))

    assert (settlement.amount, unpaid(tab)) == (3000, 0)
    sale.refresh_from_db()
    assert sale.settlement_id == settlement.pk


def test_a_sale_that_comes_second_is_refused(koffi, yao, tab, beer):
    with holding_sale(tab.sales.get()) as gate:  # who settles waits here, with the tab in hand
        settlement, refused = through(gate, lambda: settle_ours(yao, tab), lambda: sell_ours(koffi, tab, beer))

    assert (settlement.amount, type(refused), Sale.objects.count(), unpaid(tab)) == (1000, TabNotOpen, 1, 0)


@transaction.atomic
def settle_naively(member, tab):
    """Reads what is owed before the tab is locked. Without the trigger, which would refuse."""
    owed = dict(tab.sales.values_list("pk", "total"))
    settlement = Settlement.objects.create(
        bar=member.bar, key=uuid.uuid4(), tab=tab, payment="cash", amount=sum(owed.values()), created_by=member.user
    )
    settlement.refresh_from_db()
    Tab.objects.filter(pk=tab.pk).update(status="settled", settled_at=timezone.now())
    Sale.objects.filter(pk__in=owed).update(settlement=settlement, paid_with="cash", paid_on=settlement.business_date)


@pytest.mark.parametrize(("way", "left"), [(settle_naively, 2000), (settle_ours, 0)])
def test_who_looks_before_the_tab_is_locked_misses_a_sale(way, left, koffi, tab, beer):
    """The control for the first of these tests."""
    tables = ["sales_tab"] if way is settle_naively else []
    with unguarded(*tables), holding_product(beer) as gate:
        through(gate, lambda: sell_ours(koffi, tab, beer), lambda: way(koffi, tab))

    assert (Tab.objects.get().status, unpaid(tab)) == ("settled", left)


@pytest.mark.parametrize("keys", ["one key", "a key each"])
def test_two_who_settle_one_tab_are_paid_once(keys, koffi, tab):
    minted = [uuid.uuid4()] * 2 if keys == "one key" else [uuid.uuid4(), uuid.uuid4()]

    with holding_tab(tab) as gate:
        first, second = through(gate, *(lambda key=key: settle_ours(koffi, tab, key) for key in minted))

    assert (first.amount, Settlement.objects.count()) == (1000, 1)
    assert second.pk == first.pk if keys == "one key" else isinstance(second, TabNotOpen)


def test_two_tabs_with_one_key_are_settled_once(koffi, beer, tab):
    other, key = factories.tab(koffi, "Table 5"), uuid.uuid4()
    factories.sale_on(other, koffi, {beer.pk: 1})

    with holding("SELECT 1 FROM sales_tab FOR UPDATE") as gate:
        outcomes = through(gate, lambda: settle_ours(koffi, tab, key), lambda: settle_ours(koffi, other, key))

    assert sorted(type(one).__name__ for one in outcomes) == [KeyReused.__name__, Settlement.__name__]
    assert (Settlement.objects.count(), Tab.objects.filter(status="settled").count()) == (1, 1)


def test_a_sale_that_is_validated_while_its_tab_is_settled_is_paid_or_keeps_it_open(awa, koffi, yao, tab, beer):
    waiting = factories.sale_on(tab, awa, {beer.pk: 2})

    with holding_sale(waiting) as gate:
        validated, settlement = through(gate, lambda: validate(koffi, waiting.pk), lambda: settle_ours(yao, tab))

    assert (validated.status, settlement.amount, unpaid(tab)) == (Sale.Status.VALIDATED, 3000, 0)


def test_who_settles_before_it_is_validated_is_told_of_it(awa, koffi, yao, tab, beer):
    waiting = factories.sale_on(tab, awa, {beer.pk: 2})

    with holding_sale(waiting) as gate:
        refused, validated = through(gate, lambda: settle_ours(yao, tab), lambda: validate(koffi, waiting.pk))

    assert (type(refused), validated.status, Tab.objects.get().status) == (TabNotDecided, Sale.Status.VALIDATED, "open")


@pytest.mark.parametrize("first", ["return", "settlement"])
def test_i38_what_comes_back_while_the_tab_is_settled_is_given_once(first, koffi, yao, tab):
    """Off the tab, or out of the drawer: never both, never neither."""
    line = tab.sales.get().lines.get()
    works = [lambda: factories.returned(koffi, line), lambda: settle_ours(yao, tab)]

    with holding_sale(tab.sales.get()) as gate:
        through(gate, *(works if first == "return" else reversed(works)))

    returned, settlement = Return.objects.get(), Settlement.objects.get()
    expected = (0, "tab") if first == "return" else (1000, "cash")
    assert (settlement.amount, returned.refund_with, returned.refund) == (*expected, 1000)


def test_tabs_that_are_opened_at_once_get_numbers_in_a_row(koffi, awa):
    with holding("SELECT pg_advisory_xact_lock(hashtextextended('tabs ' || %s::text, 0))", koffi.bar_id) as gate:
        tabs = through(gate, *(lambda name=name: factories.tab(koffi, name) for name in "ABCD"))

    assert sorted(tab.number for tab in tabs) == [1, 2, 3, 4]
