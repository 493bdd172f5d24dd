import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from django.db import OperationalError
from django.utils import timezone

from sales.models import Sale
from sales.services import StillRunning, sell
from tests import factories
from tests.books import books, shelf
from tests.races.gate import holding_product, holding_stream, run, through
from tests.sessions import session

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("seller", ["awa", "koffi"])
def test_fifty_requests_with_one_key_sell_once_and_answer_alike(seller, request, stack, bar, beer):
    headers = factories.bearer(request.getfixturevalue(seller))
    url = f"{stack.url}/api/v1/bars/{bar.pk}/sales"
    body = {"key": str(uuid.uuid4()), "lines": [{"product": str(beer.pk), "quantity": 2}]}
    start = threading.Barrier(50)

    def post(_):
        with httpx.Client(headers=headers, timeout=30) as till:
            start.wait(20)
            return till.post(url, json=body)

    with ThreadPoolExecutor(50) as tills:
        answers = list(tills.map(post, range(50)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({json.dumps(answer.json(), sort_keys=True) for answer in answers}) == 1
    assert sum(answer.headers.get("Idempotent-Replayed") == "true" for answer in answers) == 49
    assert Sale.objects.count() == 1
    assert [stock - reserved for stock, reserved in shelf(beer)] == [22]


@pytest.mark.parametrize(("keys", "sales"), [(1, 1), (12, 12)], ids=["one key", "a key each"])
def test_requests_that_all_wait_for_the_shelf_sell_once_a_key(keys, sales, koffi, beer):
    """With a key each, the control, the same twelve sell twelve times."""
    minted = [uuid.uuid4() for _ in range(keys)]
    baskets = [factories.basket({beer.pk: 1}, key=minted[number % keys]) for number in range(12)]

    with holding_product(beer) as gate:
        sold = through(gate, *(lambda basket=basket: sell(koffi, basket, at=timezone.now()) for basket in baskets))

    assert (len({one.sale.pk for one in sold}), Sale.objects.count()) == (sales, sales)
    assert sum(not one.is_replay for one in sold) == sales
    assert shelf(beer) == [(24 - sales, 0)]


def test_a_second_request_waits_for_a_first_that_fails_and_then_sells(koffi, beer):
    """The first is killed while it commits; the second, waiting for it with the same key, takes over."""
    basket = factories.basket({beer.pk: 2})

    def sell_it():
        return sell(koffi, basket, at=timezone.now())

    with holding_stream(f"bar.{koffi.bar_id}") as gate, ThreadPoolExecutor(2) as threads:
        first = threads.submit(run, sell_it)
        [pid] = gate.wait_for(1)
        second = threads.submit(run, sell_it)
        gate.wait_for(2)
        terminate(pid)
        failed = first.result(10)
        gate.open()
        sold = second.result(10)

    assert isinstance(failed, OperationalError)
    assert (sold.is_replay, Sale.objects.count(), shelf(beer)) == (False, 1, [(22, 0)])


def gates(member, product):
    return {"the shelf": holding_product(product), "the commit": holding_stream(f"bar.{member.bar_id}")}


@pytest.mark.parametrize("place", ["the shelf", "the commit"])
@pytest.mark.parametrize("seller", ["awa", "koffi"])
def test_a_sale_whose_backend_is_killed_writes_nothing_and_sells_once_on_retry(place, seller, request, beer):
    member = request.getfixturevalue(seller)
    basket, before = factories.basket({beer.pk: 2}), books()

    with gates(member, beer)[place] as gate, ThreadPoolExecutor(1) as threads:
        selling = threads.submit(run, lambda: sell(member, basket, at=timezone.now()))
        [pid] = gate.wait_for(1)
        terminate(pid)
        killed = selling.result(10)

    assert (type(killed), killed.__cause__.sqlstate) == (OperationalError, "57P01")
    assert books() == before
    sold, again = [sell(member, basket, at=timezone.now()) for _ in range(2)]
    assert (sold.is_replay, again.is_replay, again.sale.pk) == (False, True, sold.sale.pk)
    assert [stock - reserved for stock, reserved in shelf(beer)] == [22]


@pytest.mark.parametrize("place", ["the shelf", "the commit"])
def test_a_sale_that_waits_too_long_is_told_to_ask_again_and_writes_nothing(place, koffi, beer):
    basket, before = factories.basket({beer.pk: 2}), books()

    with gates(koffi, beer)[place], ThreadPoolExecutor(1) as threads:
        selling = threads.submit(run, lambda: sell(koffi, basket, at=timezone.now()), lock_timeout="100ms")
        refused = selling.result(10)

    assert (type(refused), refused.data) == (StillRunning, {"retry_after": 2})
    assert books() == before
    assert sell(koffi, basket, at=timezone.now()).is_replay is False


def test_other_products_are_sold_while_one_is_held(koffi, beer, coke):
    with holding_product(beer), ThreadPoolExecutor(1) as threads:
        sold = threads.submit(run, lambda: factories.sale(koffi, {coke.pk: 1}), lock_timeout="100ms").result(10)

    assert (sold.total, shelf(beer, coke)) == (500, [(24, 0), (11, 0)])


def terminate(pid):
    with session() as killer:
        killer.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
