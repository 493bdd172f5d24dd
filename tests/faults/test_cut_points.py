"""The line to Postgres is cut in front of each message of a sale, whoever speaks, from its greeting on."""

from contextlib import suppress
from itertools import count

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from bars import transactions
from bars.invariants import verify
from sales.services.selling import sell
from tests import factories
from tests.books import shelf
from tests.faults.cutting import through_a_cutter
from tests.sessions import session

pytestmark = pytest.mark.django_db(transaction=True)
FEWEST = {"client": 10, "server": 15}  # messages of a sale on a new connection, at the least
STOCK = 500


@pytest.fixture
def beer(bar):
    return factories.product(bar, "Flag", stock=STOCK)


@pytest.fixture
def apart():
    """Looks at the books on a line that nobody cuts."""
    with session() as reader:
        reader.autocommit = True
        yield lambda: reader.execute("SELECT count(*) FROM sales_sale").fetchone()[0]


def cut_everywhere(side, serve, apart):
    """Serve on a new connection for each message of a side, until none is cut; the sales that each has made."""
    sales = []
    with through_a_cutter() as cutter:
        for at in count(1):
            connection.close()
            before = apart()
            cutter.arm(side, at)
            serve(cutter)
            if not cutter.has_cut:
                break
            sales.append(apart() - before)
    return sales


@pytest.mark.parametrize("side", FEWEST)
def test_f05_a_sale_is_sold_once_wherever_its_line_is_cut(side, koffi, beer, apart):
    """Asked again with its key, as tills do."""

    def serve(cutter):
        basket = factories.basket({beer.pk: 1})
        with suppress(OperationalError):
            sell(koffi, basket, at=timezone.now())
        cutter.disarm()
        connection.close()
        assert sell(koffi, basket, at=timezone.now()).sale.key == basket.key

    sales = cut_everywhere(side, serve, apart)
    print(f"\nF05: cut in front of each of {len(sales)} messages of the {side}, sold once each")

    assert (set(sales), len(sales) >= FEWEST[side]) == ({1}, True)
    assert shelf(beer) == [(STOCK - len(sales) - 1, 0)]
    assert [finding.invariant.id for finding in verify() if finding.broken] == []


def test_asked_again_with_a_new_key_some_cuts_sell_twice(koffi, beer, apart, monkeypatch):
    """The control: where the answer to COMMIT is cut, only the key knows."""
    monkeypatch.setattr(transactions, "MOST_TRIES", 1)  # which would ask again with the same

    def serve(cutter):
        try:
            factories.sale(koffi, {beer.pk: 1})
        except OperationalError:
            connection.close()
            factories.sale(koffi, {beer.pk: 1})

    assert set(cut_everywhere("server", serve, apart)) == {1, 2}
