"""The abuse that no operation may take: asked of each that has a body, a query or a place, by who may do all."""

import json

import pytest

from config.api import api
from tests.books import books
from tests.config.problems import check_problem
from tests.matrix import ROWS
from tests.settling import settle
from tests.things import BODIES, QUERIES, filled, written

API = "/api/v1/bars/{bar}/"
OF_BARS = [row for row in ROWS if row.name.startswith(API) and "#" not in row.name]
PATHS = {path.replace("_id}", "}"): methods for path, methods in api.get_openapi_schema()["paths"].items()}


def operation_of(row):
    return PATHS[row.route][row.method.lower()]


def parameters_of(row):
    """{name: schema} of the query."""
    return {one["name"]: one["schema"] for one in operation_of(row).get("parameters", ()) if one["in"] == "query"}


def titled(row):
    return row.key


WRITING = [row for row in OF_BARS if "application/json" in operation_of(row).get("requestBody", {}).get("content", {})]
READING = [row for row in OF_BARS if row.method == "GET"]


@pytest.fixture
def send(world):
    """What an owner is answered, who may do all; nothing of it stays."""

    def send_to(row, body=b"", kind="application/json", query=""):
        ids = lambda name: str(world.ours.bar.pk) if name == "bar" else world.ours.thing(name)  # noqa: E731
        with world.asked_by("owner") as person:
            world.make_own(row)
            before = books()
            answer = person.send("token", row.method, filled(row.address, ids) + query, body, kind)
            if answer.status_code >= 400:
                assert books() == before
            else:
                settle()
        return answer

    return send_to


@pytest.fixture
def good(world):
    """A row's good body, as an owner would send it."""

    def of(row):
        world.make(row)
        return json.loads(written(BODIES.get(row.key, {}), world.ours.thing))

    return of


def twice(text):
    """The text with its first name once more."""
    name = next(iter(json.loads(text)), "x")
    return text[:-1] + (", " if len(text) > 2 else "") + f'"{name}": 1, "{name}": 2}}'


# What is sent for a good text, and how it is refused.
BODIES_OF_NONE = {
    "nothing": (lambda text: b"", 400, "invalid"),
    "a list": (lambda text: b"[]", 400, "invalid"),
    "null": (lambda text: b"null", 400, "invalid"),
    "a text": (lambda text: b'"x"', 400, "invalid"),
    "cut off": (lambda text: text.encode()[:-1], 400, "invalid_json"),
    "a BOM": (lambda text: b"\xef\xbb\xbf" + text.encode(), 400, "invalid_json"),
    "UTF-16": (lambda text: text.encode("utf-16"), 400, "invalid_json"),
    "no UTF-8": (lambda text: b'{"x": "\xff\xfe"}', 400, "invalid_json"),
    "a name twice": (lambda text: twice(text).encode(), 400, "invalid_json"),
    "10 000 deep": (lambda text: b'{"x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", 400, "invalid_json"),
    "1 MB of text": (lambda text: b'{"x": "' + b"a" * 2**20 + b'"}', 413, "too_large"),
    "an unknown field": (lambda text: json.dumps(json.loads(text) | {"x": 1}).encode(), 400, "invalid"),
    "an attribute": (lambda text: json.dumps(json.loads(text) | {"__class__": "x"}).encode(), 400, "invalid"),
}


@pytest.mark.parametrize("row", WRITING, ids=titled)
def test_a_body_that_is_none_is_refused_by_every_operation(row, send, good):
    text = json.dumps(good(row))

    for name, (spoil, status, code) in BODIES_OF_NONE.items():
        answer = send(row, spoil(text))
        assert (name, answer.status_code, answer.json().get("code")) == (name, status, code)
        check_problem(answer, status, code)


@pytest.mark.parametrize("row", WRITING, ids=titled)
def test_a_body_of_another_type_is_refused_by_every_operation(row, send, good):
    text = json.dumps(good(row))
    kinds = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx")

    answers = [send(row, text, kind) for kind in kinds]

    assert [answer.json()["code"] for answer in answers] == ["not_json"] * 4


def places_of(value, kind, path=()):
    """Where in a body values of this kind stand."""
    if isinstance(value, dict | list):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places_of(below, kind, (*path, key))
    elif type(value) is kind:
        yield path


def put(body, path, value):
    """A copy of the body with another value in one place."""
    if not path:
        return value
    copy = body.copy()
    copy[path[0]] = put(body[path[0]], path[1:], value)
    return copy


def refused(answer, row):
    """A batch is answered, and each of its sales in it."""
    if answer.status_code == 200 and row.key == "POST sales/batch":
        return [one["status"] for one in answer.json()["results"]] == [400]
    told = answer.json()
    if row.key.startswith("PUT matches/") and told["code"] == "wrong_type":  # what its game doesn't count
        return answer.status_code == 400 and bool(told["key"])
    return answer.status_code == 400 and told["code"] == "invalid"


@pytest.mark.parametrize("row", WRITING, ids=titled)
@pytest.mark.parametrize("kind", [str, int])
def test_a_value_that_is_none_is_refused_in_every_field_of_every_operation(kind, row, send, good):
    body = good(row)
    bad = {str: ["a\0", "\ud800", True, [], "a" * 200_000], int: ["1", True, 1.5, None, 2**63, -(2**63) - 1, 10**400]}

    taken = [
        (path, str(value)[:9])
        for path in places_of(body, kind)
        for value in bad[kind]
        if not refused(send(row, json.dumps(put(body, path, value))), row)
    ]

    assert taken == []


NO_PARAMETERS = ("owner__password__startswith=a", "ordering=-total", "_connector=OR", "skip=-1", "bar.owner=1", "%00=1")


@pytest.mark.parametrize("row", READING, ids=titled)
def test_a_parameter_that_is_none_is_refused_by_every_list(row, send, world):
    world.make(row)
    first = filled(QUERIES.get(row.key, ""), world.ours.thing)

    answers = [send(row, query=f"{first}&{one}" if first else f"?{one}") for one in NO_PARAMETERS]

    assert [answer.json()["code"] for answer in answers] == ["unknown_parameter"] * len(NO_PARAMETERS)


DATES = ["0000-00-00", "0001-01-01", "9999-12-31", "2027-02-29", "2026-11-21T00:00:00%2B14:00", "now", "1e400", "%00"]
DATES += [
    "-1",
    "99999999999999999999",
    "%D9%A2%D9%A0%D9%A2%D9%A6-11-21",
    "2026-11-21%00",
    "",
    "infinity",
    "10000-01-01",
]
NUMBERS = ["-1", "0", "1e9", "9223372036854775808", "NaN", "%00", "", "1.5", "9" * 5000]
PLACES = [
    "%00",
    "x",
    "'",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "%FF",
    "a" * 5000,
]


@pytest.mark.parametrize("row", [row for row in READING if parameters_of(row)], ids=titled)
def test_whatever_stands_in_a_query_a_list_answers_with_its_rows_or_with_400(row, send, world):
    world.make(row)
    first = filled(QUERIES.get(row.key, ""), world.ours.thing)
    theirs = [world.theirs.thing(name) for name in ("sale", "product", "tab")]
    found = {}

    for name in parameters_of(row):
        rest = "&".join(part for part in first[1:].split("&") if part and not part.startswith(f"{name}="))
        for value in [*DATES, *NUMBERS, *PLACES, *theirs]:
            found[name, value[:40]] = send(row, query=f"?{rest}&{name}={value}").status_code

    assert {place: status for place, status in found.items() if status not in (200, 400, 404)} == {}


MOMENTS = ["0000-00-00T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00",
           "2027-02-29T12:00:00Z", "2026-03-29T02:30:00", "2126-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00",
           "2026-11-21", "now", "", 0, -1, 1e300, None, "infinity", "2026-11-21T24:00:00Z"]  # fmt: skip


@pytest.mark.parametrize("moment", MOMENTS, ids=repr)
def test_a_moment_that_cannot_be_sold_at_costs_only_its_own_sale(moment, send, good):
    row = next(row for row in WRITING if row.key == "POST sales/batch")
    body, other = good(row), good(row)["sales"][0]

    answer = send(row, json.dumps({"sales": [body["sales"][0] | {"sold_at": moment}, other]}))

    assert answer.status_code == 200
    bad, fine = [one["status"] for one in answer.json()["results"]]
    assert (bad in (201, 400), fine) == (True, 201)


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "{{ 7|add:70000 }}{% debug %}",
    "${jndi:ldap://127.0.0.1/a}",
    "'); DROP TABLE sales_sale;--",
    "%s%n{0}",
    "=HYPERLINK(1)",
    "🍺🍺",
    "Ça, c'est l'été à Abọ́mẹ",
]
NAMED = [row for row in WRITING if row.key in {
    "POST products", "POST categories", "POST suppliers", "POST tabs", "POST consignments", "POST team",
}]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("row", NAMED, ids=titled)
def test_a_hostile_text_is_a_text(row, text, send, good):
    body = good(row)
    field = "client" if "client" in body else "name"

    answer = send(row, json.dumps(body | {field: text}))

    assert (answer.status_code, answer.json()[field]) == (201, text)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


HIDING = [
    "Be\u202eer",
    "Be\u200ber",
    "\ufeffBeer",
    "Be\u2066er",
    "Bee\u0301" + "\u0301" * 9,
    "Be\x07er",
    "\u3164",
    "Be\uffffer",
]


@pytest.mark.parametrize("text", HIDING, ids=ascii)
@pytest.mark.parametrize("row", NAMED, ids=titled)
def test_a_text_that_hides_something_is_refused(row, text, send, good):
    body = good(row)
    field = "client" if "client" in body else "name"

    check_problem(send(row, json.dumps(body | {field: text})), 400, "invalid")


@pytest.mark.parametrize("text", HOSTILE[:3])
def test_a_hostile_product_does_nothing_on_a_page(text, world):
    bar = world.ours.bar
    with world.asked_by("owner") as person:
        world.ours.product.__class__.objects.filter(pk=world.ours.product.pk).update(name=text)
        pages = [person.send("cookie", "GET", f"/bars/{bar.pk}/{page}") for page in ("till", "sales", "tonight")]

    assert [page.status_code for page in pages] == [200] * 3
    live = [
        word for page in pages for word in ("<img src=x", "<script>alert", "70007") if word in page.content.decode()
    ]
    assert live == []


def test_fifty_one_sales_are_no_batch(send, good):
    row = next(row for row in WRITING if row.key == "POST sales/batch")
    sale = good(row)["sales"][0]

    check_problem(send(row, json.dumps({"sales": [sale] * 51})), 400, "invalid")


@pytest.mark.parametrize("row", [row for row in READING if "/export" not in row.name], ids=titled)
def test_a_method_spoken_over_another_changes_nothing(row, send, world):
    """Some servers take the method of a header or of a field for that of the request."""
    world.make(row)
    first = filled(QUERIES.get(row.key, ""), world.ours.thing)

    assert send(row, query=f"{first}{'&' if first else '?'}_method=DELETE").status_code == 400
