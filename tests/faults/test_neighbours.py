"""What other programs do to the Postgres that we sell on: they take its connections, and lock in another order."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx
import psycopg
import pytest

from config.backups.sums import on_database
from sales.models import Sale
from tests import factories
from tests.books import shelf
from tests.config.drill import Drill
from tests.faults.clusters import Cluster
from tests.faults.webs import Web, until
from tests.races.gate import Gate
from tests.sessions import session

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def crowded(tmp_path):
    """A Postgres of twelve connections, of which three are its administrator's, and a web process on it."""
    drill = Drill(tmp_path)
    drill.cluster = Cluster(tmp_path / "primary", max_connections="12")
    drill.cluster.start()
    web = Web(drill.cluster.url, tmp_path, DATABASE_CONN_MAX_AGE=0, REDIS_PREFIX=f"crowded-{uuid.uuid4()}")
    try:
        drill.fill()
        web.start_web()
        yield web
    finally:
        web.stop()
        drill.stop()


class Order:
    """An order as a till sends it, and sends again: always with its key."""

    def __init__(self, web, member, *products):
        self.url = f"{web.url}/api/v1/bars/{member.bar_id}/sales"
        self.headers = factories.bearer(member)
        self.body = {"key": str(uuid.uuid4()), "lines": [{"product": str(one.pk), "quantity": 1} for one in products]}

    def send(self):
        return httpx.post(self.url, headers=self.headers, json=self.body, timeout=30)


def call_for_ever(work):
    while True:
        work()


@contextmanager
def every_connection(url):
    """Calls of what is given take all that are left."""
    with ExitStack() as taken:

        def take_one():
            taken.enter_context(psycopg.connect(url))

        def take():
            with pytest.raises(psycopg.OperationalError, match="remaining connection slots are reserved"):
                call_for_ever(take_one)

        yield take


def test_f07_with_no_connection_left_a_sale_is_told_to_come_again_and_sells_once_there_is_one(crowded):
    with on_database(crowded.database):
        koffi = factories.member(factories.bar("Chez Yao"), "koffi", "manager")
        beer = factories.product(koffi.bar, "Beaufort")
        orders = [Order(crowded, koffi, beer) for _ in range(20)]
    sold = []

    with every_connection(crowded.database) as take:
        for order in orders:
            take()
            refusal = order.send()
            if refusal.status_code != 201:
                break
            sold.append(order)  # something of ours had just let go of a connection
        alive, ready = [httpx.get(f"{crowded.url}/{probe}").status_code for probe in ("healthz", "readyz")]
    took = until(lambda: order.send().status_code == 201)
    until(lambda: httpx.get(f"{crowded.url}/readyz").status_code == 200)
    again = order.send()
    print(f"\nF07: sold {took:.2f} s after there were connections again, {len(sold)} orders slipped through before")

    assert (refusal.status_code, refusal.headers["Retry-After"], alive, ready) == (503, "2", 200, 503)
    assert refusal.headers["Content-Type"].startswith("application/problem+json")
    assert again.headers["Idempotent-Replayed"] == "true"
    with on_database(crowded.database):
        assert (Sale.objects.count(), shelf(beer)) == (len(sold) + 1, [(24 - len(sold) - 1, 0)])


LOCK = "SELECT 1 FROM stock_product WHERE id = %s FOR NO KEY UPDATE"


def deadlocks():
    with session() as asking:
        return asking.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()[0]


def test_f09_a_sale_that_deadlocks_with_somebody_elses_locks_is_sold_once(stack, koffi, beer, coke):
    """Postgres ends whose turn it is to look: mostly the sale, which is then tried again, seldom the other."""
    first, second = sorted((beer, coke), key=lambda product: product.pk)
    order, before = Order(stack, koffi, beer, coke), deadlocks()

    with session() as rogue, ThreadPoolExecutor(1) as threads:
        rogue.execute(LOCK, [second.pk])
        selling = threads.submit(order.send)
        Gate(rogue).wait_for(1)
        victim = "the sale"
        try:
            rogue.execute(LOCK, [first.pk])
        except psycopg.errors.DeadlockDetected:
            victim = "the other"
        rogue.rollback()
        answer = selling.result(30)
    until(lambda: deadlocks() > before, 30)  # a session tells when it is idle
    print(f"\nF09: Postgres ended {victim}")

    assert (answer.status_code, order.send().headers["Idempotent-Replayed"]) == (201, "true")
    assert (Sale.objects.count(), shelf(beer, coke)) == (1, [(23, 0), (11, 0)])
