"""What is read belongs to its cursor: a page that applies every event since it stands where a fresh page stands."""

import contextlib
import json
import random
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.utils import timezone

from realtime.log import frames_between, heads
from realtime.snapshot import snapshot
from sales.services.deciding import undo
from stock.models import Product
from stock.queries import shelf
from stock.services.shelf import OutOfStock
from tests import factories
from tests.sessions import together

pytestmark = pytest.mark.django_db(transaction=True)


@contextlib.contextmanager
def naive_snapshot(streams):
    """The heads, then the rows, each of its own moment."""
    with transaction.atomic():
        now = heads(streams)
        yield SimpleNamespace(heads=now, cursor=lambda stream: str(now[stream]))


@pytest.mark.parametrize(("read", "stock"), [(naive_snapshot, 22), (snapshot, 24)], ids=["naive", "ours"])
def test_a_sale_that_comes_between_cursor_and_rows_is_in_neither(read, stock, koffi, beer):
    stream = f"bar.{koffi.bar_id}"
    before = str(heads([stream])[stream])

    with read([stream]) as at:
        together(lambda: factories.sale(koffi, {beer.pk: 2}))
        [row] = shelf(koffi.bar_id)

    assert (row["stock"], at.cursor(stream)) == (stock, before)


def test_a_snapshot_only_reads(koffi, beer):
    with pytest.raises(Exception, match="read-only transaction"), snapshot([]):
        Product.objects.filter(pk=beer.pk).update(stock=1)

    assert Product.objects.get(pk=beer.pk).stock == 24


@pytest.mark.parametrize("streams", [1, 3])
def test_a_snapshot_reads_all_heads_at_once(streams, koffi, django_assert_num_queries):
    names = [f"bar.{koffi.bar_id}", "bar.nothing-yet", f"user.{koffi.user_id}"][:streams]

    with django_assert_num_queries(4), snapshot(names) as at:  # BEGIN, SET, heads, COMMIT
        pass

    assert [at.heads[name].seq for name in names] == [1, 0, 2][:streams]  # who joins is told, and the bar is


class Shelf:
    """What a till shows, kept by events as the page keeps it."""

    def __init__(self, bar_id):
        self.stream, self.bar_id = f"bar.{bar_id}", bar_id
        self.read_again()

    def read_again(self):
        with snapshot([self.stream]) as at:
            self.rows = rows_of(self.bar_id)
            self.cursor = at.heads[self.stream]

    def follow(self):
        head = heads([self.stream])[self.stream]
        for frame in frames_between(self.stream, self.cursor.seq, head):
            for _, type_, text in frame.events:
                self.apply(type_, json.loads(text))
        self.cursor = head

    def apply(self, type_, data):
        if type_ == "stock.changed":
            self.rows[data["product"]] |= {"stock": data["stock"], "available": data["available"]}
        elif type_ == "product.changed":
            self.rows[data["product"]]["price"] = data["price"]


def rows_of(bar_id):
    return {str(row["id"]): {name: row[name] for name in ("stock", "available", "price")} for row in shelf(bar_id)}


@pytest.mark.parametrize("seed", range(3))
def test_snapshot_and_events_are_a_fresh_snapshot(seed, bar, awa, koffi):
    chance = random.Random(seed)
    products = [factories.product(bar, f"Bière {number}", stock=30) for number in range(4)]
    page = Shelf(bar.pk)

    for _ in range(40):
        act(chance, chance.choice([awa, koffi]), products)
        if chance.random() < 0.3:
            page.follow()
    page.follow()

    fresh = Shelf(bar.pk)
    assert (page.rows, page.cursor) == (fresh.rows, fresh.cursor)
    assert len({row["stock"] for row in page.rows.values()}) > 1


def act(chance, member, products):
    """One thing that happens in an evening; sometimes it is refused."""
    chosen = chance.sample(products, chance.randint(1, 3))
    if chance.random() < 0.2:
        Product.objects.filter(pk=chosen[0].pk).update(price=chance.randint(500, 1500))
        return
    with contextlib.suppress(OutOfStock):
        sale = factories.sale(member, {product.pk: chance.randint(1, 5) for product in chosen})
        if chance.random() < 0.3:
            undo(member, sale.pk, at=timezone.now())
