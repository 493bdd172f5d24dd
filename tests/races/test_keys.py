import json
import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx
import psycopg
import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from bars.invariants import verify
from bars.transactions import CUT_OFF, MOST_TRIES, StillRunning, sqlstate
from sales.models import Sale
from sales.services.selling import sell
from tests import factories
from tests.books import books, shelf
from tests.races.gate import holding_product, holding_stream, run, through
from tests.sessions import session, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("seller", ["awa", "koffi"])
def test_i07_fifty_requests_with_one_key_sell_once_and_answer_alike(seller, request, stack, bar, beer):
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


def test_a_second_request_waits_for_a_first_that_is_killed_and_then_sells(koffi, beer):
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
        gate.wait_for(2, but=pid)
        gate.open()
        sold = [one.result(10) for one in (first, second)]

    assert [one.is_replay for one in sold] == [True, False]
    assert (len({one.sale.pk for one in sold}), Sale.objects.count(), shelf(beer)) == (1, 1, [(22, 0)])


def gates(member, product):
    return {"the shelf": holding_product(product), "the commit": holding_stream(f"bar.{member.bar_id}")}


@pytest.mark.parametrize("place", ["the shelf", "the commit"])
@pytest.mark.parametrize("seller", ["awa", "koffi"])
def test_c24_f01_a_sale_whose_backend_is_killed_sells_all_the_same_and_once(place, seller, request, beer):
    member = request.getfixturevalue(seller)
    basket, before = factories.basket({beer.pk: 2}), books()

    with gates(member, beer)[place] as gate, ThreadPoolExecutor(1) as threads:
        selling = threads.submit(run, lambda: sell(member, basket, at=timezone.now()))
        [pid] = gate.wait_for(1)
        terminate(pid)
        gate.wait_for(1, but=pid)
        assert books() == before
        gate.open()
        sold = selling.result(10)

    again = sell(member, basket, at=timezone.now())
    assert (sold.is_replay, again.is_replay, again.sale.pk) == (False, True, sold.sale.pk)
    assert [stock - reserved for stock, reserved in shelf(beer)] == [22]


@pytest.mark.parametrize("place", ["the shelf", "the commit"])
def test_a_sale_that_is_killed_at_every_try_writes_nothing_and_sells_when_asked_again(place, koffi, beer):
    basket, before, pid = factories.basket({beer.pk: 2}), books(), None

    with gates(koffi, beer)[place] as gate, ThreadPoolExecutor(1) as threads:
        selling = threads.submit(run, lambda: sell(koffi, basket, at=timezone.now()))
        for _ in range(MOST_TRIES):
            [pid] = gate.wait_for(1, but=pid)
            terminate(pid)
        killed = selling.result(10)

    assert (type(killed), sqlstate(killed) in ("57P01", CUT_OFF)) == (OperationalError, True)
    assert books() == before
    assert sell(koffi, basket, at=timezone.now()).is_replay is False


@pytest.mark.parametrize("says", [None, "57P01"], ids=["cut off", "shut down"])
def test_c24_f04_a_sale_whose_commit_was_not_answered_is_found_again(says, koffi, beer):
    """The commit has arrived, its answer has not: asked again with its key, the sale is there."""
    basket = factories.basket({beer.pk: 2})
    connection.ensure_connection()
    connection.connection.commit = partial(commit_and_die, connection.connection, says)

    sold = sell(koffi, basket, at=timezone.now())

    assert (sold.is_replay, Sale.objects.count(), shelf(beer)) == (True, 1, [(22, 0)])


def commit_and_die(raw, says):
    type(raw).commit(raw)
    if says:
        terminate(raw.info.backend_pid)
        raw.execute("SELECT 1")  # Postgres says why
    raw.close()
    raise psycopg.OperationalError("server closed the connection unexpectedly")


@pytest.mark.parametrize("place", ["the shelf", "the commit"])
def test_c23_f08_a_sale_that_waits_too_long_is_told_to_ask_again_and_writes_nothing(place, koffi, beer):
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


def test_f08_a_sale_that_waits_for_a_held_product_holds_up_no_other_sale(koffi, beer, coke):
    """Whoever waits has left the queue of the bar's shelf: locked there, the held product would stop the bar."""
    with holding_product(beer) as gate, ThreadPoolExecutor(2) as threads:
        waiting = threads.submit(run, lambda: factories.sale(koffi, {beer.pk: 1}), lock_timeout="9s")
        gate.wait_for(1)
        sold = threads.submit(run, lambda: factories.sale(koffi, {coke.pk: 1}), lock_timeout="300ms").result(10)
        was_waiting = not waiting.done()
        gate.open()
        served = waiting.result(10)

    assert (sold.total, was_waiting, served.total) == (500, True, 1000)
    assert shelf(beer, coke) == [(23, 0), (11, 0)]


KEYS, DUPLICATES, TILLS, KILLS = 250, 8, 8, 90
SELLING = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
  AND query ~ 'bars_open_books|stock_product|sales_sale|COMMIT'
ORDER BY random() LIMIT 1
"""


@pytest.mark.slow
def test_f01_ninety_backends_killed_in_the_middle_of_sales_and_each_key_sells_once(bar, koffi):
    beers = [factories.product(bar, f"Beaufort {number}", stock=1000) for number in range(6)]
    orders = [({beers[number % 6].pk: 1, beers[(number + 1) % 6].pk: 2}, uuid.uuid4()) for number in range(KEYS)]
    waiting = random.Random(3).sample(orders * DUPLICATES, KEYS * DUPLICATES)
    answers = []

    def keep_selling():
        while waiting or not killed.done():
            quantities, key = waiting.pop() if waiting else random.choice(orders)
            answers.append((key, until_answered(koffi, quantities, key).pk))

    with ThreadPoolExecutor(1) as killer:
        killed = killer.submit(kill_sellers)
        outcomes = together(*[keep_selling] * TILLS)

    assert outcomes == [None] * TILLS
    assert killed.result() == KILLS
    assert len(answers) >= KEYS * DUPLICATES
    assert (len(set(answers)), Sale.objects.count()) == (KEYS, KEYS)
    assert sum(stock for stock, _ in shelf(*beers)) == 6 * 1000 - 3 * KEYS
    assert [finding.invariant.id for finding in verify() if finding.broken] == []


def until_answered(member, quantities, key):
    """What a till does that has no answer: it asks again with the same key."""
    while True:
        try:
            return factories.sale(member, quantities, key=key)
        except OperationalError:
            connection.close()


def kill_sellers():
    """End sessions in the middle of a sale, so many; returns how many it has ended."""
    killed, end = 0, time.monotonic() + 30
    with session() as killer:
        killer.autocommit = True
        while killed < KILLS and time.monotonic() < end:
            for [pid] in killer.execute(SELLING).fetchall():
                killed += killer.execute("SELECT pg_terminate_backend(%s, 1000)", [pid]).fetchone()[0]
            time.sleep(0.005)
    return killed


def terminate(pid):
    with session() as killer:
        killer.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
