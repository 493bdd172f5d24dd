"""The edge of the API: whatever is sent, the answer is clear, nothing is half done, and the process lives."""

import json
import re
import uuid

import psycopg
import pytest
from django.contrib.staticfiles import finders
from django.db import DataError, InterfaceError, OperationalError
from django.test import Client

from bars.transactions import StillRunning
from config import settings as production
from sales.models import Sale
from tests import factories
from tests.books import books
from tests.config.problems import check_problem, post


def test_a_good_order_sells(till, order, koffi):
    answer = post(till, order)

    sale = Sale.objects.get()
    assert (answer.status_code, "Idempotent-Replayed" in answer.headers) == (201, False)
    assert answer.json() == {
        "id": str(sale.pk),
        "key": order["key"],
        "status": "validated",
        "payment": "cash",
        "paid_with": "cash",
        "discount": 0,
        "total": 1000,
        "currency": "XOF",
        "client": "",
        "reference": "",
        "to_verify": False,
        "tab": None,
        "sold_by": str(koffi.user_id),
        "origin": "online",
        "occurred_at": answer.json()["occurred_at"],
        "business_date": sale.business_date.isoformat(),
        "reason": "",
        "decided_at": None,
    }


def test_asking_again_answers_the_same_and_says_so(till, order):
    first, before = post(till, order), books()

    again = post(till, order)

    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json() == first.json()
    assert books() == before


BODIES = {
    "empty": (b"", 400, "invalid"),
    "blank": (b" ", 400, "invalid_json"),
    "a list": (b"[]", 400, "invalid"),
    "null": (b"null", 400, "invalid"),
    "a text": (b'"x"', 400, "invalid"),
    "a number": (b"1", 400, "invalid"),
    "not JSON": (b"quantity=1", 400, "invalid_json"),
    "cut off": (lambda good: good[:-2], 400, "invalid_json"),
    "two values": (lambda good: good + b"{}", 400, "invalid_json"),
    "a BOM": (lambda good: b"\xef\xbb\xbf" + good, 400, "invalid_json"),
    "UTF-16": (lambda good: good.decode().encode("utf-16"), 400, "invalid_json"),
    "latin-1": (b'{"key": "\xe9"}', 400, "invalid_json"),
    "NUL": (lambda good: good.replace(b'"key"', b'"k\x00ey"'), 400, "invalid_json"),
    "a name twice": (
        lambda good: good.replace(b'"quantity": 1', b'"quantity": 1, "quantity": 999'),
        400,
        "invalid_json",
    ),
    "NaN": (lambda good: good.replace(b": 1}", b": NaN}"), 400, "invalid_json"),
    "Infinity": (lambda good: good.replace(b": 1}", b": -Infinity}"), 400, "invalid_json"),
    "5000 digits": (lambda good: good.replace(b": 1}", b": " + b"9" * 5000 + b"}"), 400, "invalid_json"),
    "very deep": (b"[" * 100_000, 400, "invalid_json"),
    "1 MB and more": (lambda good: good + b" " * 1_100_000, 413, "too_large"),
}


@pytest.mark.parametrize(("body", "status", "code"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_not_an_order_is_refused(body, status, code, till, order):
    before = books()

    answer = post(till, body(json.dumps(order).encode()) if callable(body) else body)

    check_problem(answer, status, code)
    assert books() == before


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "json"]
)
def test_a_body_of_another_type_is_refused(content_type, till, order):
    before = books()

    answer = post(till, order, content_type)

    check_problem(answer, 415, "not_json")
    assert books() == before


QUANTITIES = [0, -1, 1.5, 1.0, "1", "", True, None, [], {}, 1000, 2**31, 2**63, 10**400]


@pytest.mark.parametrize("quantity", [*QUANTITIES, "1e2", "1E2"], ids=lambda value: repr(value)[:12])
def test_c22_a_quantity_is_a_whole_number_from_1_to_999(quantity, till, order, beer):
    before = books()
    good = json.dumps(order)
    raw = quantity if quantity in ("1e2", "1E2") else json.dumps(quantity)

    answer = post(till, good.replace('"quantity": 1', f'"quantity": {raw}'))

    problem = check_problem(answer, 400, "invalid")
    assert [error["field"] for error in problem["errors"]] == ["body.order.lines.0.quantity"]
    assert books() == before


def lines(product, count):
    return [{"product": str(product if not index else uuid.uuid4()), "quantity": 1} for index in range(count)]


def changed(**fields):
    """What an order becomes with other fields."""
    return lambda order, beer: order | fields


def with_line(**fields):
    return lambda order, beer: order | {"lines": [order["lines"][0] | fields]}


def without(name):
    return lambda order, beer: {key: value for key, value in order.items() if key != name}


ORDERS = {
    "no lines": (without("lines"), "lines"),
    "empty lines": (changed(lines=[]), "lines"),
    "lines are no list": (changed(lines={}), "lines"),
    "101 lines": (lambda order, beer: order | {"lines": lines(beer.pk, 101)}, "lines"),
    "a product twice": (lambda order, beer: order | {"lines": order["lines"] * 2}, "lines"),
    "a line that is none": (changed(lines=[1]), "lines.0"),
    "no key": (without("key"), "key"),
    "a key that is none": (changed(key="1"), "key"),
    "a key of null": (changed(key=None), "key"),
    "a key too long": (lambda order, beer: order | {"key": order["key"] * 100}, "key"),
    "a key with NUL": (lambda order, beer: order | {"key": order["key"] + "\0"}, "key"),
    "an unknown payment": (changed(payment="shells"), "payment"),
    "a payment with NUL": (changed(payment="cash\0"), "payment"),
    "half a character": (changed(payment="\ud800"), "payment"),
    "a payment of null": (changed(payment=None), "payment"),
    "a product that is none": (with_line(product="beer"), "lines.0.product"),
    "a product of null": (with_line(product=None), "lines.0.product"),
    "a price below 0": (with_line(price=-1), "lines.0.price"),
    "half a franc": (with_line(price=999.5), "lines.0.price"),
    "a price as text": (with_line(price="1000"), "lines.0.price"),
    "a price of true": (with_line(price=True), "lines.0.price"),
    "a price too high": (with_line(price=10**9 + 1), "lines.0.price"),
    "the total": (changed(total=1), "total"),
    "the status": (changed(status="validated"), "status"),
    "the bar": (changed(bar=str(uuid.uuid4())), "bar"),
    "the seller": (changed(sold_by="yao"), "sold_by"),
    "the moment": (changed(occurred_at="2020-01-01T00:00:00Z"), "occurred_at"),
    "a name on a line": (with_line(name="free"), "lines.0.name"),
    "an attribute": (changed(__class__="x"), "__class__"),
    "a sale on a tab without one": (changed(payment="tab"), "tab"),
    "a tab for cash": (changed(tab=str(uuid.uuid4())), "tab"),
    "a tab that is none": (changed(payment="tab", tab="4"), "tab"),
    "a credit without a name": (changed(payment="credit"), "client"),
    "a credit with a blank name": (changed(payment="credit", client=" \t "), "client"),
    "a reference of cash": (changed(reference="OM-1"), "reference"),
    "a client of 81 characters": (changed(payment="credit", client="a" * 81), "client"),
    "a client with NUL": (changed(payment="credit", client="A\0"), "client"),
    "a client of half a character": (changed(payment="credit", client="\ud800"), "client"),
    "a client that turns round": (changed(payment="credit", client="\u202eamA"), "client"),
    "a client that is a number": (changed(payment="credit", client=1), "client"),
    "a reference of 61 characters": (changed(payment="mobile_money", reference="1" * 61), "reference"),
    "a discount below 0": (changed(discount=-1), "discount"),
    "half a franc of discount": (changed(discount=0.5), "discount"),
    "a discount as text": (changed(discount="10"), "discount"),
    "a discount of true": (changed(discount=True), "discount"),
    "a discount in percent": (changed(discount="101%"), "discount"),
    "a discount of 2^63": (changed(discount=2**63), "discount"),
    "a seller that is none": (changed(sold_by="awa"), "sold_by"),
    "a moment online": (changed(sold_at="2026-11-20T12:00:00Z"), "sold_at"),
}


@pytest.mark.parametrize(("change", "field"), ORDERS.values(), ids=ORDERS)
def test_c19_an_order_with_a_bad_field_names_it_and_sells_nothing(change, field, till, order, beer):
    before = books()

    answer = post(till, change(order, beer))

    problem = check_problem(answer, 400, "invalid")
    assert {error["field"] for error in problem["errors"]} == {f"body.order.{field}"}
    assert books() == before


def test_a_hundred_lines_are_an_order(till, order, bar):
    products = [factories.product(bar, f"Vin {number}", stock=1) for number in range(100)]

    answer = post(till, order | {"lines": [{"product": str(product.pk), "quantity": 1} for product in products]})

    assert (answer.status_code, answer.json()["total"]) == (201, 100_000)


REFUSALS = [
    (with_line(quantity=25), 409, "stock_insufficient", "shortages"),
    (with_line(price=999), 409, "price_changed", "prices"),
    (with_line(product=str(uuid.uuid4())), 404, "unknown_product", "products"),
    (changed(discount=1010), 400, "discount_too_high", "most"),
    (changed(discount=201), 400, "discount_too_high", "most"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal[2])
def test_a_refusal_of_the_counter_says_what_the_till_needs(refusal, till, order, beer):
    change, status, code, told = refusal
    before = books()

    problem = check_problem(post(till, change(order, beer)), status, code)

    assert problem[told] == 200 if told == "most" else len(problem[told]) == 1
    assert books() == before


SERVERS = {
    "total": 1, "status": "validated", "bar": "x", "created_by": "x", "currency": "EUR", "review": None, "mode": "full",
    "business_date": "2020-01-01", "occurred_at": "2020-01-01T00:00:00Z", "decided_by": "x", "id": "x",
    "paid_with": "cash", "to_verify": False, "origin": "import", "fingerprint": "x",
}  # fmt: skip


@pytest.mark.parametrize("field", SERVERS)
def test_c19_nothing_that_the_server_decides_is_taken_from_the_client(field, till, order):
    before = books()

    problem = check_problem(post(till, order | {field: SERVERS[field]}), 400, "invalid")

    assert [error["field"] for error in problem["errors"]] == [f"body.order.{field}"]
    assert books() == before
    assert post(till, order).status_code == 201


def test_a_name_is_kept_in_one_spelling_and_counted_in_characters(till, order):
    decomposed = "Ame\u0301lie " + "\U0001f37a" * 72

    answer = post(till, order | {"payment": "credit", "client": f"  {decomposed} "})

    assert (answer.status_code, answer.json()["client"]) == (201, "Amélie " + "\U0001f37a" * 72)


def test_a_key_that_has_sold_something_else_is_422(till, order, beer):
    post(till, order)
    before = books()

    check_problem(post(till, with_line(quantity=2)(order, beer)), 422, "key_reused")

    assert books() == before


def caused_by(kind):
    """An error as Django wraps it around the driver's."""
    error = OperationalError("canceling statement at /srv/secret")
    error.__cause__ = kind()
    return error


FAILURES = [
    (StillRunning(retry_after=2), 409, "in_progress", "2"),
    (caused_by(psycopg.errors.LockNotAvailable), 503, "try_again", "2"),
    (caused_by(psycopg.errors.QueryCanceled), 503, "try_again", "2"),
    (caused_by(psycopg.errors.DeadlockDetected), 503, "try_again", "2"),
    (caused_by(psycopg.errors.SerializationFailure), 503, "try_again", "2"),
    (caused_by(psycopg.errors.AdminShutdown), 503, "outcome_unknown", "2"),
    (OperationalError("consuming input failed at /srv/secret"), 503, "outcome_unknown", "2"),
    (InterfaceError("connection already closed"), 503, "outcome_unknown", "2"),
    (DataError("INSERT INTO secrets: NUL"), 400, "invalid", None),
    (RuntimeError("SELECT password FROM /srv/secret"), 500, "internal", None),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure[0].__cause__ or failure[0]).__name__)
def test_c46_a_failure_behind_the_edge_is_told_without_its_details(failure, till, order, monkeypatch):
    error, status, code, retry_after = failure

    def fail(*args, **options):
        raise error

    monkeypatch.setattr("sales.api.selling.sell", fail)

    answer = post(till, order)

    check_problem(answer, status, code)
    assert answer.headers.get("Retry-After") == retry_after


def test_the_openapi_file_describes_every_operation():
    schema = Client().get("/api/v1/openapi.json").json()

    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    assert schema["openapi"].startswith("3.")
    assert all(operation["summary"] and operation["responses"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)


def test_the_docs_page_loads_only_our_own_files():
    page = Client().get("/api/v1/docs").content.decode()

    files = re.findall(r'(?:src|href)="([^"]+)"', page)
    code = re.findall(r"<script(?! type=\"application/json\")(?![^>]*src=)[^>]*>", page)
    assert [name for name in files if not (name.startswith("/static/") and finders.find(name[8:]))] == []
    assert code == []


def test_c05_passwords_are_kept_by_argon2():
    assert production.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")
