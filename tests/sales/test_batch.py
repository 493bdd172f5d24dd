"""Fifty sales that a phone has kept, sent together: each is answered as if it came alone."""

import json
import uuid
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from sales.api import batch
from sales.models import Sale
from sales.services.selling import sell
from tests import factories
from tests.books import books, shelf
from tests.config.problems import check_problem


def kept(product, quantity=1, **fields):
    """One sale as a phone has kept it."""
    moment = timezone.now() - timedelta(hours=1)
    lines = [{"product": str(product.pk), "quantity": quantity}]
    return {"key": str(uuid.uuid4()), "sold_at": moment.isoformat(), "lines": lines} | fields


@pytest.fixture
def send(till):
    """Send a batch from Koffi's till; what was answered to each sale."""

    def send(*sales, client=till, **query):
        address = f"{till.address}/batch?{urlencode(query)}"
        answer = client.post(address, json.dumps({"sales": list(sales)}), "application/json")
        assert answer.status_code == 200, answer.content
        return answer.json()["results"]

    return send


def post(till, body):
    return till.post(f"{till.address}/batch", json.dumps(body), "application/json")


def test_fifty_sales_are_sold_in_their_order(send, till, bar):
    beer = factories.product(bar, "Flag", stock=30)
    sales = [kept(beer) for _ in range(50)]

    results = send(*sales)

    assert [result["key"] for result in results] == [sale["key"] for sale in sales]
    assert [result["status"] for result in results] == [201] * 50
    assert [result["sale"]["status"] for result in results] == ["validated"] * 30 + ["needs_review"] * 20
    assert shelf(beer) == [(0, 0)]


HOUR = timedelta(hours=1)


@pytest.mark.parametrize("behind", [3 * HOUR, -3 * HOUR, 400 * 24 * HOUR, -400 * 24 * HOUR], ids=str)
def test_f27_a_phone_whose_clock_is_wrong_has_sold_at_the_time_that_it_was(behind, send, beer):
    now = timezone.now()
    sold_at = now - HOUR - behind

    [result] = send(kept(beer, sold_at=sold_at.isoformat()), sent_at=(now - behind).isoformat())

    assert result["sale"]["status"] == "validated"
    assert abs(Sale.objects.get().occurred_at - (now - HOUR)) < timedelta(minutes=1)


def test_f27_without_its_time_of_sending_a_clock_that_is_ahead_is_for_the_review(send, beer):
    [result] = send(kept(beer, sold_at=(timezone.now() + HOUR).isoformat()))

    assert result["sale"]["status"] == "needs_review"
    assert list(Sale.objects.get().review) == ["time"]


def test_f27_of_a_clock_that_is_right_to_some_minutes_each_sale_keeps_its_time(send, beer):
    now = timezone.now()
    sold_at = now - HOUR

    send(kept(beer, sold_at=sold_at.isoformat()), sent_at=(now - timedelta(minutes=3)).isoformat())

    assert Sale.objects.get().occurred_at == sold_at


def test_f27_a_time_that_no_calendar_has_is_for_the_review_as_well(send, beer):
    first, last = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"

    results = send(kept(beer, sold_at=first), sent_at="2126-01-01T00:00:00Z")
    results += send(kept(beer, sold_at=last), sent_at="2001-01-01T00:00:00Z")

    assert [result["sale"]["status"] for result in results] == ["needs_review"] * 2


@pytest.mark.parametrize("sent_at", ["", "yesterday", "1700000000", "2026-11-20T12:00:00", "2026-13-01T00:00:00Z"])
def test_a_time_of_sending_that_is_none_is_told_and_nothing_is_sold(sent_at, till, beer):
    before = books()
    body = json.dumps({"sales": [kept(beer)]})

    answer = till.post(f"{till.address}/batch?{urlencode({'sent_at': sent_at})}", body, "application/json")

    check_problem(answer, 400, "invalid")
    assert "sent_at" in answer.json()["errors"][0]["field"]
    assert books() == before


@pytest.mark.parametrize("count", [0, 51, 1000])
def test_none_and_fifty_one_are_refused_as_a_whole(count, till, beer):
    before = books()

    check_problem(post(till, {"sales": [kept(beer) for _ in range(count)]}), 400, "invalid")

    assert books() == before


BAD = {
    "no object": (lambda beer: 1, None, 400, "invalid"),
    "null": (lambda beer: None, None, 400, "invalid"),
    "a list": (lambda beer: [], None, 400, "invalid"),
    "no moment": (lambda beer: {k: v for k, v in kept(beer).items() if k != "sold_at"}, "sold_at", 400, "invalid"),
    "a moment without offset": (lambda beer: kept(beer, sold_at="2026-11-20T12:00:00"), "sold_at", 400, "invalid"),
    "a moment as a number": (lambda beer: kept(beer, sold_at=1_700_000_000), "sold_at", 400, "invalid"),
    "a moment as digits": (lambda beer: kept(beer, sold_at="1700000000"), "sold_at", 400, "invalid"),
    "a date alone": (lambda beer: kept(beer, sold_at="2026-11-20"), "sold_at", 400, "invalid"),
    "a day that isn't": (lambda beer: kept(beer, sold_at="2027-02-29T12:00:00Z"), "sold_at", 400, "invalid"),
    "year zero": (lambda beer: kept(beer, sold_at="0000-00-00T00:00:00Z"), "sold_at", 400, "invalid"),
    "a quantity of text": (lambda beer: kept(beer, quantity="1"), "lines.0.quantity", 400, "invalid"),
    "the total": (lambda beer: kept(beer, total=1), "total", 400, "invalid"),
    "a key that is none": (lambda beer: kept(beer, key="1"), "key", 400, "invalid"),
    "no lines": (lambda beer: kept(beer, lines=[]), "lines", 400, "invalid"),
    "a client with NUL": (lambda beer: kept(beer, client="A\0"), "client", 400, "invalid"),
    "an unknown product": (
        lambda beer: kept(beer, lines=[{"product": str(uuid.uuid4()), "quantity": 1}]),
        None,
        404,
        "unknown_product",
    ),
    "too high a discount": (lambda beer: kept(beer, discount=1001), None, 400, "discount_too_high"),
    "a tab that isn't": (lambda beer: kept(beer, payment="tab", tab=str(uuid.uuid4())), None, 409, "tab_not_open"),
    "a stranger": (lambda beer: kept(beer, sold_by=str(uuid.uuid4())), None, 404, "unknown_seller"),
}


@pytest.mark.parametrize(("make", "field", "status", "code"), BAD.values(), ids=BAD)
def test_a_bad_sale_says_why_and_keeps_none_of_the_others(make, field, status, code, request):
    send, beer = request.getfixturevalue("send"), request.getfixturevalue("beer")
    bad = make(beer)

    first, told, last = send(kept(beer), bad, kept(beer))

    assert (first["status"], last["status"], shelf(beer)) == (201, 201, [(22, 0)])
    assert (told["status"], told["problem"]["status"], told["problem"]["code"]) == (status, status, code)
    assert told["sale"] is None
    assert [error["field"] for error in told["problem"].get("errors", [])] in ([], [field] if field else [""])
    assert Sale.objects.count() == 2


@pytest.mark.parametrize(
    "sold_at",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2031-01-01T00:00:00Z", "1999-12-31T23:59:59+00:00"],
)
def test_a_moment_that_can_not_be_needs_review(sold_at, send, beer):
    [told] = send(kept(beer, sold_at=sold_at))

    assert (told["status"], told["sale"]["status"], shelf(beer)) == (201, "needs_review", [(24, 0)])


def test_a_key_that_comes_again_answers_as_a_replay(send, beer):
    sale = kept(beer)
    [first] = send(sale)
    before = books()

    again, twice = send(sale, sale)

    assert (first["replayed"], again["replayed"], twice["replayed"]) == (False, True, True)
    assert (again["sale"], twice["sale"], again["status"]) == (first["sale"], first["sale"], 201)
    assert books() == before


def test_a_key_with_another_basket_is_refused_alone(send, beer):
    sale = kept(beer)

    results = send(sale, sale | {"lines": [{"product": str(beer.pk), "quantity": 2}]}, kept(beer))

    assert [result["status"] for result in results] == [201, 422, 201]
    assert (results[1]["problem"]["code"], results[1]["key"]) == ("key_reused", sale["key"])


def test_a_waiters_sales_wait_and_hold(send, awa, beer):
    phone = Client(headers=factories.bearer(awa))

    results = send(kept(beer), kept(beer, quantity=1, discount=10), client=phone)

    assert [result["sale"]["status"] for result in results] == ["pending", "needs_review"]
    assert shelf(beer) == [(24, 1)]


def test_a_waiter_of_a_bar_on_one_device_still_brings_what_was_sold(send, awa, beer):
    type(awa.bar).objects.filter(pk=awa.bar_id).update(mode="simplified")

    [told] = send(kept(beer), client=Client(headers=factories.bearer(awa)))

    assert (told["sale"]["status"], shelf(beer)) == ("needs_review", [(24, 0)])


def test_a_stranger_brings_nothing(till, zoe, beer):
    before = books()

    answer = post_as(zoe, till, kept(beer))

    check_problem(answer, 404, "not_found")
    assert books() == before


def post_as(member, till, sale):
    return Client(headers=factories.bearer(member)).post(
        f"{till.address}/batch", json.dumps({"sales": [sale]}), "application/json"
    )


@pytest.mark.parametrize(
    "failure",
    [
        (OperationalError("gone from /srv/secret"), 503, "outcome_unknown"),
        (RuntimeError("/srv/secret"), 500, "internal"),
    ],
    ids=["the database", "our mistake"],
)
def test_a_sale_that_fails_keeps_none_of_the_others_and_tells_no_details(failure, send, beer, monkeypatch):
    error, status, code = failure
    sales = [kept(beer) for _ in range(3)]

    def fail_once(member, basket, *, at):
        if str(basket.key) == sales[1]["key"]:
            raise error
        return sell(member, basket, at=at)

    monkeypatch.setattr(batch, "sell", fail_once)
    results = send(*sales)

    assert [result["status"] for result in results] == [201, status, 201]
    assert (results[1]["problem"]["code"], "secret" in json.dumps(results)) == (code, False)


def test_fields_of_a_body_that_are_not_known_are_refused(till, beer):
    before = books()

    check_problem(post(till, {"sales": [kept(beer)], "bar": "x"}), 400, "invalid")
    check_problem(post(till, {"sales": {}}), 400, "invalid")
    check_problem(post(till, []), 400, "invalid")

    assert books() == before


def test_the_openapi_file_says_what_a_kept_sale_is():
    kept_sale = Client().get("/api/v1/openapi.json").json()["components"]["schemas"]["BatchIn"]["properties"]["sales"]

    assert (kept_sale["minItems"], kept_sale["maxItems"]) == (1, 50)
    assert sorted(kept_sale["items"]["required"]) == ["key", "lines", "sold_at"]
