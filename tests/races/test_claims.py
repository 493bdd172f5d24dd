"""Two phones, and the last bottle that is kept for a client."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from sales.models import Claim, Consignment
from sales.services.consignments import Claimed, ConsignmentEnded, LessIsKept, claim, expire_consignments, forfeit
from stock.services.shelf import OutOfStock
from tests import factories
from tests.books import shelf
from tests.races.gate import holding, holding_product, run, through
from tests.races.unguarded import unguarded
from tests.sessions import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kept(koffi, beer):
    """One bottle."""
    return factories.kept(koffi, factories.sale(koffi, {beer.pk: 1}).lines.get())


def holding_consignment(kept):
    return holding("SELECT 1 FROM sales_consignment WHERE id = %s FOR UPDATE", kept.pk)


@transaction.atomic
def claim_naively(member, kept):
    """Looks, then writes: another may have claimed it meanwhile. Without the trigger, which would refuse."""
    seen = Consignment.objects.get(pk=kept.pk)
    if seen.quantity - seen.claimed < 1:
        return "refused"
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM sales_consignment WHERE id = %s FOR UPDATE", [kept.pk])
    Claim.objects.create(bar=member.bar, key=uuid.uuid4(), consignment=kept, quantity=1, created_by=member.user)
    return "claimed"


def claim_ours(member, kept, key=None):
    claim(member, kept.pk, key=key or uuid.uuid4(), quantity=1, at=timezone.now())
    return "claimed"


@pytest.mark.parametrize(
    ("way", "outcomes"), [(claim_naively, ["claimed", "claimed"]), (claim_ours, ["claimed", "refused"])]
)
def test_i16_two_phones_claim_the_last_bottle(way, outcomes, koffi, yao, kept):
    tables = ["sales_claim"] if way is claim_naively else []
    with unguarded(*tables), holding_consignment(kept) as gate:
        results = through(gate, *(lambda member=member: way(member, kept) for member in (koffi, yao)))

    assert sorted("refused" if isinstance(one, LessIsKept) else one for one in results) == outcomes
    assert Claim.objects.count() == outcomes.count("claimed")


def test_i16_one_key_claims_once_from_two_phones(koffi, kept, beer):
    key = uuid.uuid4()

    def claim_it():
        return claim(koffi, kept.pk, key=key, quantity=1, at=timezone.now())

    with holding_consignment(kept) as gate:
        results = through(gate, claim_it, claim_it)

    assert sorted(one.is_replay for one in results) == [False, True]
    assert (Claim.objects.count(), shelf(beer)) == (1, [(23, 0)])


@pytest.mark.parametrize("first", ["claim", "forfeit"])
def test_i16_a_bottle_is_claimed_or_forfeited(first, koffi, yao, kept, beer):
    works = [
        lambda: claim(koffi, kept.pk, key=uuid.uuid4(), quantity=1, at=timezone.now()),
        lambda: forfeit(yao, kept.pk, at=timezone.now()),
    ]

    with holding_consignment(kept) as gate:
        results = through(gate, *(works if first == "claim" else reversed(works)))

    expected = [Claimed, ConsignmentEnded] if first == "claim" else [Consignment, LessIsKept]
    assert ([type(one) for one in results], shelf(beer)) == (expected, [(23 if first == "claim" else 24, 0)])


def test_a_bottle_that_is_being_claimed_is_left_by_the_expiry(koffi, kept):
    with holding_consignment(kept):
        left = run(lambda: expire_consignments(kept.expires_at), lock_timeout="100ms")

    assert (left, run(lambda: expire_consignments(kept.expires_at))) == (0, 1)


def test_the_last_bottle_is_kept_and_not_sold(koffi, yao, bar):
    """Keeping and selling at once: the bottle that comes back is never free for a moment."""
    wine = factories.product(bar, "Champagne", price=25_000, stock=1)
    line = factories.sale(koffi, {wine.pk: 1}).lines.get()

    def sell_it():
        return type(run(lambda: factories.sale(yao, {wine.pk: 1})))

    with holding_product(wine) as gate, ThreadPoolExecutor(1) as threads:
        keeping = threads.submit(run, lambda: factories.kept(koffi, line))
        gate.wait_for(1)
        meanwhile = sell_it()
        gate.open()
        kept = keeping.result(10)

    assert (type(kept), meanwhile, sell_it(), shelf(wine)) == (Consignment, OutOfStock, OutOfStock, [(1, 1)])


def test_expiry_and_sales_of_the_same_products_never_deadlock(koffi, bar):
    products = [factories.product(bar, name, stock=500) for name in ("A", "B", "C", "D")]
    for product in products * 5:
        sale = factories.sale(koffi, {product.pk: 1})
        factories.kept(koffi, sale.lines.get(), until=timezone.now() + timedelta(seconds=1))
    later = timezone.now() + timedelta(days=1)

    def sell(order):
        for _ in range(10):
            factories.sale(koffi, {product.pk: 1 for product in order})

    outcomes = together(
        lambda: expire_consignments(later), lambda: sell(products), lambda: sell(products[::-1]), lambda: sell(products)
    )

    assert outcomes == [20, None, None, None]
    assert shelf(*products) == [(500 - 30, 0)] * 4
