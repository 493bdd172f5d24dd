"""The edge of the API: whatever is sent, the answer is clear, nothing is half done, and the process lives."""

import base64
import json
import re
import uuid

import pytest
from django.contrib.staticfiles import finders
from django.db import DataError, InterfaceError, OperationalError
from django.test import Client

from bars.models import AccessToken, User
from config import settings as production
from sales.models import Sale
from sales.services import StillRunning
from tests import factories
from tests.books import books
from tests.realtime.numbering import since_now


@pytest.fixture
def till(koffi):
    """Koffi's till, by bearer token."""
    client = Client(headers=factories.bearer(koffi))
    client.address = f"/api/v1/bars/{koffi.bar_id}/sales"
    return client


@pytest.fixture
def order(beer):
    """A good order, as the dict that the till sends."""
    return {"key": str(uuid.uuid4()), "lines": [{"product": str(beer.pk), "quantity": 1}]}


def post(till, body, content_type="application/json"):
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    return till.generic("POST", till.address, data, content_type)


def check_problem(answer, status, code):
    """An RFC 9457 problem that says no more than it should."""
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["status"]) == (status, code, status)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["type"] == f"urn:bartender:problem:{code}"
    assert {"title", "detail", "request_id"} <= set(problem)
    assert not re.search(r"Traceback|File \"|SELECT|INSERT|psycopg|/srv/|site-packages", answer.content.decode())
    return problem


def test_a_good_order_sells(till, order, koffi):
    answer = post(till, order)

    sale = Sale.objects.get()
    assert (answer.status_code, "Idempotent-Replayed" in answer.headers) == (201, False)
    assert answer.json() == {
        "id": str(sale.pk),
        "key": order["key"],
        "status": "validated",
        "payment": "cash",
        "total": 1000,
        "currency": "XOF",
        "occurred_at": answer.json()["occurred_at"],
        "business_date": sale.business_date.isoformat(),
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
def test_a_quantity_is_a_whole_number_from_1_to_999(quantity, till, order, beer):
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
}


@pytest.mark.parametrize(("change", "field"), ORDERS.values(), ids=ORDERS)
def test_an_order_with_a_bad_field_names_it_and_sells_nothing(change, field, till, order, beer):
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
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal[2])
def test_a_refusal_of_the_counter_says_what_the_till_needs(refusal, till, order, beer):
    change, status, code, told = refusal
    before = books()

    problem = check_problem(post(till, change(order, beer)), status, code)

    assert len(problem[told]) == 1
    assert books() == before


def test_a_key_that_has_sold_something_else_is_422(till, order, beer):
    post(till, order)
    before = books()

    check_problem(post(till, with_line(quantity=2)(order, beer)), 422, "key_reused")

    assert books() == before


FAILURES = [
    (StillRunning(retry_after=2), 409, "in_progress", "2"),
    (OperationalError("canceling statement at /srv/secret"), 503, "try_again", "2"),
    (InterfaceError("connection already closed"), 503, "try_again", "2"),
    (DataError("INSERT INTO secrets: NUL"), 400, "invalid", None),
    (RuntimeError("SELECT password FROM /srv/secret"), 500, "internal", None),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure[0]).__name__)
def test_a_failure_behind_the_edge_is_told_without_its_details(failure, till, order, monkeypatch):
    error, status, code, retry_after = failure

    def fail(*args, **options):
        raise error

    monkeypatch.setattr("sales.api.sell", fail)

    answer = post(till, order)

    check_problem(answer, status, code)
    assert answer.headers.get("Retry-After") == retry_after


def position(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


PK = uuid.uuid4()
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
    "page=-1&size=100000&ordering=owner__password&sold_by__password__startswith=a&_connector=OR": 200,
}


@pytest.mark.parametrize(("query", "status"), PAGES.items())
def test_a_page_of_sales_is_asked_for_by_what_an_answer_gave(query, status, till):
    answer = till.get(f"{till.address}?{query}")

    if status == 200:
        assert (answer.status_code, answer.json()) == (200, {"sales": [], "next": ""})
    else:
        check_problem(answer, 400, answer.json()["code"])
        assert answer.json()["code"] in ("invalid", "bad_page")


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
@pytest.mark.parametrize(("path", "queries"), [("sales", 3), ("products", 2), ("tonight", 2)])
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


def test_a_shelf_never_tells_a_cost(till, bar, beer):
    answer = till.get(f"/api/v1/bars/{bar.pk}/products")

    assert "cost" not in answer.content.decode()


CREDENTIALS = {
    "NUL in the name": ({"username": "koffi\0", "password": "x"}, 400),
    "NUL in the password": ({"username": "koffi", "password": "x\0"}, 401),
    "half a character as name": ({"username": "\ud800", "password": "x"}, 400),
    "half a character as password": ({"username": "koffi", "password": "\ud800"}, 400),
    "half a character as password of nobody": ({"username": "nobody", "password": "\ud800"}, 400),
    "a wrong password": ({"username": "koffi", "password": "wrong"}, 401),
    "an unknown name": ({"username": "nobody", "password": factories.PASSWORD}, 401),
    "another case": ({"username": "KOFFI", "password": factories.PASSWORD}, 401),
    "an empty password": ({"username": "koffi", "password": ""}, 401),
    "an empty name": ({"username": "", "password": ""}, 401),
    "a name too long": ({"username": "k" * 151, "password": "x"}, 400),
    "a password too long": ({"username": "koffi", "password": "x" * 129}, 400),
    "a number": ({"username": 1, "password": "x"}, 400),
    "no password": ({"username": "koffi"}, 400),
    "a list": ([], 400),
}


@pytest.mark.parametrize(("body", "status"), CREDENTIALS.values(), ids=CREDENTIALS)
def test_a_wrong_name_and_a_wrong_password_look_alike(body, status, koffi):
    answer = Client().post("/api/v1/auth/token", json.dumps(body), "application/json")

    problem = check_problem(answer, status, "wrong_credentials" if status == 401 else "invalid")
    if status == 401:
        assert problem["detail"] == "The name or the password is wrong."


def test_a_suspended_person_gets_no_token(koffi):
    User.objects.filter(pk=koffi.user_id).update(is_active=False)
    body = {"username": "koffi", "password": factories.PASSWORD}

    answer = Client().post("/api/v1/auth/token", json.dumps(body), "application/json")

    check_problem(answer, 401, "wrong_credentials")


def test_a_token_opens_what_its_owner_may_see_until_it_is_revoked(koffi):
    body = {"username": "koffi", "password": factories.PASSWORD}
    told = Client().post("/api/v1/auth/token", json.dumps(body), "application/json").json()
    client = Client(headers={"Authorization": f"Bearer {told['token']}"})
    before = client.get("/api/v1/bars")

    AccessToken.objects.filter(user=koffi.user).delete()
    after = client.get("/api/v1/bars")

    assert [bar["id"] for bar in before.json()] == [str(koffi.bar_id)]
    check_problem(after, 401, "sign_in")


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer \x7f", "Basic a29mZmk6eA==", "bearer  x", "Token x", "Bearer é"]
)
def test_a_strange_authorization_is_nobody(header, bar):
    answer = Client().get(f"/api/v1/bars/{bar.pk}", headers={"Authorization": header})

    check_problem(answer, 401, "sign_in")


class TestForgery:
    """A session needs the page's token for what it changes; a bearer token is never sent by itself."""

    @pytest.fixture
    def browser(self, koffi):
        client = Client(enforce_csrf_checks=True)
        client.force_login(koffi.user)
        client.address = f"/api/v1/bars/{koffi.bar_id}/sales"
        return client

    def test_a_forged_post_is_refused_and_sells_nothing(self, browser, order):
        before = books()

        check_problem(post(browser, order), 403, "csrf")

        assert books() == before

    def test_a_made_up_token_is_refused(self, browser, order):
        answer = browser.post(browser.address, json.dumps(order), "application/json", headers={"X-CSRFToken": "a" * 64})

        check_problem(answer, 403, "csrf")
        assert Sale.objects.count() == 0

    def test_the_pages_token_lets_it_pass(self, browser, order):
        browser.get("/bars/")
        page = browser.get(browser.address.replace("/api/v1", "").replace("sales", "till"))
        token = page.cookies["csrftoken"].value if "csrftoken" in page.cookies else browser.cookies["csrftoken"].value

        answer = browser.post(browser.address, json.dumps(order), "application/json", headers={"X-CSRFToken": token})

        assert (answer.status_code, Sale.objects.count()) == (201, 1)

    def test_another_sites_post_is_refused_even_with_the_token(self, browser, order):
        browser.get(browser.address.replace("/api/v1", "").replace("sales", "till"))
        token = browser.cookies["csrftoken"].value

        answer = browser.post(
            browser.address,
            json.dumps(order),
            "application/json",
            headers={"X-CSRFToken": token, "Origin": "http://evil.example"},
        )

        check_problem(answer, 403, "csrf")
        assert Sale.objects.count() == 0

    def test_a_bearer_token_needs_none(self, koffi, order):
        client = Client(enforce_csrf_checks=True, headers=factories.bearer(koffi))
        client.address = f"/api/v1/bars/{koffi.bar_id}/sales"

        assert post(client, order).status_code == 201

    def test_a_wrong_bearer_token_does_not_fall_back_to_the_cookie(self, browser):
        answer = browser.get(browser.address, headers={"Authorization": "Bearer wrong"})

        check_problem(answer, 401, "sign_in")

    def test_nobody_else_may_read_an_answer(self, browser):
        answer = browser.get(browser.address, headers={"Origin": "http://evil.example"})

        assert [name for name in answer.headers if name.lower().startswith("access-control")] == []


def test_the_openapi_file_describes_every_operation():
    schema = Client().get("/api/v1/openapi.json").json()

    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    assert schema["openapi"].startswith("3.")
    assert all(operation["summary"] and operation["responses"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)


@pytest.mark.xfail(
    reason="reported: without 'ninja' in INSTALLED_APPS the page asks a CDN, which our CSP refuses", strict=True
)
def test_the_docs_page_loads_only_our_own_files():
    page = Client().get("/api/v1/docs").content.decode()

    files = re.findall(r'(?:src|href)="([^"]+)"', page)
    code = re.findall(r"<script(?! type=\"application/json\")(?![^>]*src=)[^>]*>", page)
    assert [name for name in files if not (name.startswith("/static/") and finders.find(name[8:]))] == []
    assert code == []


def test_passwords_are_kept_by_argon2():
    assert production.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")
