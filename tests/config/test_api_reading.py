"""Lists of the API: pages, cursors, and what they cost."""

import base64
import uuid

import pytest
from django.test import Client

from tests import factories
from tests.config.problems import check_problem
from tests.realtime.numbering import since_now


def position(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


PK = uuid.UUID(int=7)
PAGES = {
    "before=garbage": 400,
    "before=%00": 400,
    "before=%FF%FE": 400,
    "before=" + "a" * 201: 400,
    "before=" + position("2026-11-20T12:00:00+00:00"): 400,
    "before=" + position(f"2026-11-20T12:00:00 {PK}"): 400,
    "before=" + position(f"yesterday {PK}"): 400,
    "before=" + position("2026-11-20T12:00:00+00:00 1"): 400,
    "before=" + position(f"2026-11-20T12:00:00+00:00 {PK} more"): 400,
    "before=" + position(f"0001-01-01T00:00:00+14:00 {PK}"): 200,
    "before=" + position(f"9999-12-31T23:59:59-14:00 {PK}"): 200,
    "before=" + position(f"2026-11-20T12:00:00+00:00 {PK}"): 200,
    "before=": 200,
    "on=0000-00-00": 400,
    "on=2027-02-29": 400,
    "on=2026-13-01": 400,
    "on=yesterday": 400,
    "on=": 400,
    "on=%00": 400,
    "on=2026-11-20T12:00:00%2B14:00": 400,
    "on=10000-01-01": 400,
    "on=99999999999999999999": 400,
    "on=0001-01-01": 200,
    "on=9999-12-31": 200,
    "page=-1&size=100000&ordering=owner__password&sold_by__password__startswith=a&_connector=OR": 400,
}


@pytest.mark.parametrize(("query", "status"), PAGES.items())
def test_a_page_of_sales_is_asked_for_by_what_an_answer_gave(query, status, till):
    answer = till.get(f"{till.address}?{query}")

    if status == 200:
        assert (answer.status_code, answer.json()) == (200, {"sales": [], "next": "", "total": 0, "pages": 1})
    else:
        check_problem(answer, 400, answer.json()["code"])
        assert answer.json()["code"] in ("invalid", "bad_page", "unknown_parameter")


@pytest.mark.parametrize("count", [0, 1, 50, 51, 120])
def test_pages_follow_each_other_without_a_hole_or_a_double(count, till, koffi, bar):
    beer = factories.product(bar, "Flag", stock=999)
    sold = [str(factories.sale(koffi, {beer.pk: 1}).pk) for _ in range(count)]
    got, following, pages = [], "", 0
    while following or not pages:
        page = till.get(till.address, {"before": following}).json()
        got += [sale["id"] for sale in page["sales"]]
        following, pages = page["next"], pages + 1

    assert got == sold[::-1]
    assert pages == max(1, -(-count // 50))


def test_a_page_of_another_bar_opens_nothing_there(till, zoe, other_bar):
    heineken = factories.product(other_bar, "Heineken", stock=99)
    for _ in range(51):
        factories.sale(zoe, {heineken.pk: 1})
    theirs = Client(headers=factories.bearer(zoe)).get(f"/api/v1/bars/{other_bar.pk}/sales").json()["next"]

    answer = till.get(till.address, {"before": theirs})

    assert (answer.status_code, answer.json()["sales"]) == (200, [])


@pytest.mark.parametrize("items", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"), [("sales", 4), ("products", 2), ("tonight", 3)]
)  # and the head that the cache goes by
def test_a_list_costs_the_same_whatever_its_length(path, queries, items, koffi, django_assert_num_queries):
    products = [factories.product(koffi.bar, f"Vin {number}") for number in range(items)]
    for _ in range(items):
        factories.sale(koffi, {product.pk: 1 for product in products})
    till = Client(headers=factories.bearer(koffi))

    with django_assert_num_queries(len(["token", "membership", "SAVEPOINT", "RELEASE"]) + queries):
        assert till.get(f"/api/v1/bars/{koffi.bar_id}/{path}").status_code == 200


@pytest.mark.parametrize("path", ["sales", "products", "tonight"])
@pytest.mark.django_db(transaction=True)
def test_a_list_says_which_moment_it_is_of(path, till, koffi, beer):
    factories.sale(koffi, {beer.pk: 1})

    answer = till.get(f"/api/v1/bars/{koffi.bar_id}/{path}")

    assert answer.headers["Cursor"] == since_now(f"bar.{koffi.bar_id}")


def test_a_waiters_list_is_of_the_own_sales_and_its_cursor_of_the_own_stream(awa, koffi, beer):
    mine = factories.sale(awa, {beer.pk: 1})
    factories.sale(koffi, {beer.pk: 1})

    answer = Client(headers=factories.bearer(awa)).get(f"/api/v1/bars/{awa.bar_id}/sales")

    assert [sale["id"] for sale in answer.json()["sales"]] == [str(mine.pk)]


def test_c19_a_shelf_never_tells_a_cost(till, bar, beer):
    answer = till.get(f"/api/v1/bars/{bar.pk}/products")

    assert "cost" not in answer.content.decode()
