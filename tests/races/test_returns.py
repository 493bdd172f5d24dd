"""Two who take the last of a line back, and what they race with."""

import uuid

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from sales.models import Consignment, Line, Return, Sale
from sales.services.deciding import SaleIsTied, cancel
from sales.services.hanging import LessIsLeft, SaleNotValidated
from sales.services.returns import ReturnDecided, approve_return, reject_return, restock_return
from tests import factories
from tests.books import shelf
from tests.races.gate import holding, through
from tests.races.unguarded import unguarded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sale(koffi, beer):
    """One bottle of 1,000, and 24 in stock before it."""
    return factories.sale(koffi, {beer.pk: 1})


@pytest.fixture
def line(sale):
    return sale.lines.get()


def holding_sale(sale):
    return holding("SELECT 1 FROM sales_sale WHERE id = %s FOR UPDATE", sale.pk)


def holding_return(returned):
    return holding("SELECT 1 FROM sales_return WHERE id = %s FOR UPDATE", returned.pk)


@transaction.atomic
def take_back_naively(member, line):
    """Looks, then writes: another may have returned it meanwhile. Without the trigger, which would refuse."""
    back = Return.objects.filter(line=line).aggregate(back=Sum("quantity"))["back"] or 0
    if line.quantity - back < 1:
        return "refused"
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM sales_sale WHERE id = %s FOR NO KEY UPDATE", [line.sale_id])
    Return.objects.create(
        bar=member.bar, key=uuid.uuid4(), sale_id=line.sale_id, line=line, quantity=1, reason="exchange",
        refunds=False, restocks=True, created_by=member.user,
    )  # fmt: skip
    return "returned"


def take_back(member, line):
    factories.returned(member, line)
    return "returned"


@pytest.mark.parametrize(
    ("way", "outcomes"), [(take_back_naively, ["returned", "returned"]), (take_back, ["refused", "returned"])]
)
def test_i14_two_phones_take_the_same_bottle_back(way, outcomes, koffi, yao, line):
    tables = ["sales_return"] if way is take_back_naively else []
    with unguarded(*tables), holding_sale(line.sale) as gate:
        results = through(gate, *(lambda member=member: way(member, line) for member in (koffi, yao)))

    assert sorted("refused" if isinstance(one, LessIsLeft) else one for one in results) == outcomes
    assert Return.objects.count() == outcomes.count("returned")


def test_i14_one_takes_back_what_another_keeps(koffi, yao, sale, line):
    with holding_sale(sale) as gate:
        results = through(gate, lambda: factories.kept(koffi, line), lambda: factories.returned(yao, line))

    assert [type(one) for one in results] == [Consignment, LessIsLeft]
    assert (Return.objects.count(), Consignment.objects.count()) == (0, 1)


@pytest.mark.parametrize("first", ["return", "cancel"])
def test_c25_a_sale_is_cancelled_or_returned(first, koffi, yao, line, beer):
    works = [lambda: factories.returned(koffi, line), lambda: cancel(yao, line.sale_id, reason="So")]

    with holding_sale(line.sale) as gate:
        results = through(gate, *(works if first == "return" else reversed(works)))

    expected = [Return, SaleIsTied] if first == "return" else [Sale, SaleNotValidated]
    assert [type(one) for one in results] == expected
    assert (Return.objects.count(), shelf(beer)) == ((1, [(23, 0)]) if first == "return" else (0, [(24, 0)]))


def test_i39_refunds_that_are_granted_at_once_sum_to_what_was_paid(koffi, beer):
    sale = factories.sale(koffi, {beer.pk: 3}, discount=500)
    line = Line.objects.get(sale=sale)

    with holding_sale(sale) as gate:
        results = through(gate, *(lambda: factories.returned(koffi, line) for _ in range(3)))

    assert sorted(one.refund for one in results) == [833, 833, 834]


def test_one_approves_what_another_rejects(koffi, yao, line):
    asked = factories.returned(factories.member(koffi.bar, "ama", "manager"), line, wait=True)

    with holding_return(asked) as gate:
        first, second = through(gate, lambda: approve_return(koffi, asked.pk), lambda: reject_return(yao, asked.pk))

    assert (first.status, first.refund, type(second)) == (Return.Status.APPROVED, 1000, ReturnDecided)


def test_i15_two_put_one_return_on_the_shelf_once(koffi, yao, line, beer):
    returned = factories.returned(koffi, line)

    with holding_return(returned) as gate:
        results = through(gate, *(lambda who=who: restock_return(who, returned.pk) for who in (koffi, yao)))

    assert [(one.status, one.restocked_by_id) for one in results] == [("restocked", koffi.user_id)] * 2
    assert shelf(beer) == [(24, 0)]
