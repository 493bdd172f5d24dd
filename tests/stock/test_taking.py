"""The guard in the UPDATE itself: it holds even where nobody has locked or looked before."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from stock.models import Product
from stock.services import OutOfStock, lock_shelf, reserve, take
from tests import factories
from tests.books import books, shelf


def take_it(member, quantities):
    take(bar_id=member.bar_id, quantities=quantities, sale_id=uuid.uuid4(), by=member.user_id)


def reserve_it(member, quantities):
    reserve(bar_id=member.bar_id, quantities=quantities)


@pytest.mark.parametrize("change", [take_it, reserve_it])
def test_more_than_there_is_is_refused_and_nothing_of_it_done(change, koffi, beer, coke):
    before = books()

    with pytest.raises(OutOfStock), transaction.atomic():
        change(koffi, {coke.pk: 1, beer.pk: 25})

    assert books() == before


@pytest.mark.parametrize("change", [take_it, reserve_it])
def test_what_is_promised_is_not_there(change, koffi, beer):
    reserve_it(koffi, {beer.pk: 20})
    before = books()

    with pytest.raises(OutOfStock), transaction.atomic():
        change(koffi, {beer.pk: 5})

    assert books() == before


@pytest.mark.parametrize("change", [take_it, reserve_it])
def test_another_bars_products_cannot_be_moved(change, koffi, other_bar):
    heineken = factories.product(other_bar, "Heineken")
    before = books()

    with pytest.raises(OutOfStock), transaction.atomic():
        change(koffi, {heineken.pk: 1})

    assert books() == before


def test_the_shelf_is_locked_with_what_is_on_sale_in_this_bar(koffi, beer, coke, other_bar):
    strange = factories.product(other_bar, "Heineken")
    Product.objects.filter(pk=coke.pk).update(is_active=False)
    reserve_it(koffi, {beer.pk: 4})

    found = lock_shelf(bar_id=koffi.bar_id, product_ids=[beer.pk, coke.pk, strange.pk, uuid.uuid4()])

    assert {pk: (one.name, one.price, one.available) for pk, one in found.items()} == {beer.pk: ("Beaufort", 1000, 20)}


@pytest.mark.parametrize(
    "fields", [{"stock": -1}, {"reserved": -1}, {"reserved": 25}, {"price": -1}, {"price": 10**9 + 1}]
)
def test_the_database_keeps_the_shelf_possible(fields, beer):
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.filter(pk=beer.pk).update(**fields)

    assert shelf(beer) == [(24, 0)]
