"""Ids of another bar, in the address and in the body, under the own bar: they look like ids of nothing."""

import json
import re
import uuid

import pytest

from tests.books import books
from tests.matrix import ROWS
from tests.things import BODIES, PLACE, REFERENCES, name_of
from tests.world import without_id

EVERYBODYS = {"article", "code"}  # of the platform, or for whoever knows it
WORDS = {"figure", "figure:margin"}  # names that are the same in every bar
OF_BARS = [row for row in ROWS if row.name.startswith("/api/v1/bars/{bar}/") and "#" not in row.name]
PLACES = [
    pytest.param(row, name, id=f"{name} in {row.method} {row.name}")
    for row in OF_BARS
    for name in sorted(set(row.places) - WORDS)
]
NAMED = [
    pytest.param(row, body, name, id=f"{name} in the body of {row.method} {row.name}")
    for row in ROWS
    for body in [table[row.key] for table in (BODIES, REFERENCES) if row.key in table]
    for name in sorted({name_of(place) for place in PLACE.finditer(json.dumps(body))} - EVERYBODYS)
]
FILTERS = [
    ("adjustments", "product", "product", "adjustment"),
    ("inventory", "category", "category", "product"),
    ("returns", "sale", "sale", "return"),
    ("sales", "seller", "person", "sale"),
    ("supplies", "product", "product", "supply"),
    ("supplies", "supplier", "supplier", "supply"),
]


def ask(world, row, body=None, **other):
    """What the owner is answered for our own things, but for these."""
    return world.people["owner"].ask(row, "token", lambda name: other.get(name) or world.ours.thing(name), body)


def told(answer, *ids):
    """Status and words of a refusal, whatever id it is about."""
    words = json.dumps(without_id(answer))
    for pk in ids:
        words = words.replace(pk, "ID")
    return answer.status_code, words


@pytest.mark.parametrize(("row", "name"), PLACES)
def test_c10_a_thing_of_another_bar_looks_like_none(row, name, world):
    """As the one who may do everything here; the control is the own thing, which is granted."""
    foreign, unknown = world.theirs.thing(name), str(uuid.uuid4())
    world.make(row)
    world.make_own(row)
    before = books()

    answers = [ask(world, row, **{name: pk}) for pk in (foreign, unknown)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert told(answers[0], foreign) == told(answers[1], unknown)
    assert books() == before
    assert ask(world, row).status_code == row.expected["owner"]


@pytest.mark.parametrize(("row", "body", "name"), NAMED)
def test_c10_c19_a_thing_of_another_bar_in_a_body_looks_like_none(row, body, name, world):
    foreign, unknown = world.theirs.thing(name), str(uuid.uuid4())
    world.make(row)
    for place in PLACE.finditer(json.dumps(body)):
        world.ours.thing(name_of(place))
    before = books()

    answers = [ask(world, row, body, **{name: pk}) for pk in (foreign, unknown)]

    assert outcome(answers[0], foreign) == outcome(answers[1], unknown)
    assert outcome(answers[0])[0] in (400, 404, 409)
    assert books() == before
    assert outcome(ask(world, row, body))[0] == row.expected["owner"]


def outcome(answer, *ids):
    """Of what was asked; of a batch, that of its one sale."""
    if not answer.content or "results" not in answer.json():
        return told(answer, *ids) if answer.status_code >= 400 else (answer.status_code, "")
    [result] = answer.json()["results"]
    if "problem" not in result or result["problem"] is None:
        return answer.status_code, ""
    problem = {name: value for name, value in result["problem"].items() if name != "request_id"}
    words = json.dumps(problem)
    for pk in ids:
        words = words.replace(pk, "ID")
    return result["status"], words


@pytest.mark.parametrize(("path", "field", "name", "listed"), FILTERS)
def test_c10_a_list_asked_for_another_bars_things_is_empty(path, field, name, listed, world):
    """The control: asked for the own one, it isn't."""
    person, row = world.people["owner"], next(row for row in OF_BARS if row.key == f"GET {path}")
    for cast in (world.ours, world.theirs):
        cast.thing(listed)

    def found(pk):
        url = row.address.replace("{bar}", str(person.bar_id))
        answer = person.send("token", "GET", f"{url}?{field}={pk}")
        return answer.status_code, next(value for value in answer.json().values() if isinstance(value, list))

    assert found(world.theirs.thing(name)) == found(uuid.uuid4()) == (200, [])
    assert field in ("sale", "seller", "supplier") or found(world.ours.thing(name))[1] != []


def test_c10_validating_another_bars_seller_validates_nothing(world):
    pending = world.theirs.thing("sale:pending"), world.ours.thing("sale:pending")
    row = next(row for row in OF_BARS if row.key == "POST sales/validate")
    before = books()

    answers = [ask(world, row, {"seller": pk}).json() for pk in (world.theirs.thing("person"), str(uuid.uuid4()))]

    assert answers == [{"validated": []}] * 2
    assert books() == before
    assert ask(world, row, {"seller": world.ours.thing("person")}).json() == {"validated": [pending[1]]}


def test_every_thing_in_an_address_is_asked_for():
    with_things = {row.route for row in OF_BARS if set(row.places) - WORDS}

    assert {case.values[0].route for case in PLACES} == with_things
    assert len(with_things) > 30
    assert {re.sub(":.*", "", case.values[2]) for case in NAMED} >= {
        "product",
        "category",
        "line",
        "tab",
        "person",
        "supplier",
    }


# What the server says itself, nobody else says

SERVERS = {
    "id": "KEY",
    "bar": "{bar}",
    "bar_id": "{bar}",
    "status": "validated",
    "total": 1,
    "created_by": "{person}",
    "created_at": "NOW",
    "is_superuser": True,
}
WRITTEN = [row for row in ROWS if row.name.startswith("/api/v1/bars/{bar}/") and row.key in BODIES]


@pytest.mark.parametrize("row", WRITTEN, ids=lambda row: f"{row.method} {row.name}")
def test_c19_no_body_says_what_is_the_servers(row, world):
    """Neither whose it is nor what has become of it; the control is the same body without."""
    world.make(row)
    world.make_own(row)
    foreign = {"bar": str(world.theirs.bar.pk), "person": world.ours.thing("person")}
    before = books()

    answers = {name: ask(world, row, told_too(BODIES[row.key], name), **foreign) for name in SERVERS}

    assert {name: outcome(answer)[0] for name, answer in answers.items()} == dict.fromkeys(SERVERS, 400)
    assert books() == before
    assert outcome(ask(world, row))[0] == row.expected["owner"]


def told_too(body, name):
    """A batch's sales are bodies of their own."""
    if "sales" in body:
        return {"sales": [sale | {name: SERVERS[name]} for sale in body["sales"]]}
    return body | {name: SERVERS[name]}
