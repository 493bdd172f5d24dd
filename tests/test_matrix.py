"""Everybody asks every address: for their own bar, for another's, and for things of another's in their own."""

import re

import pytest
from django.test import Client
from django.urls import get_resolver

from bars.models import Member
from bars.sessions import SessionStore
from config.api import api
from tests import factories, matrix
from tests.books import books
from tests.matrix import COLUMNS, OTHERS, ROWS
from tests.settling import settle
from tests.world import Person, writes

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"}
ADMIN = re.compile(r"/admin/")  # tests/config/test_admin.py
TOLD = {  # to who isn't a member
    "sign_in",
    "wrong_credentials",
    "not_found",
    "not_allowed",
    "sent_away",
    "already_member",
}
SIGNED_IN = re.compile("/(bars|operator|owner|account|till)(/|$)")
PUBLIC = {
    "/offline",
    "/sw.js",
    "/manifest.webmanifest",
    "/",
    "/i18n/setlang/",
    "/login/",
    "/logout/",
    "/help/",
    "/join/{code}",
    "/api/v1/",
    "/api/v1/docs",
    "/api/v1/openapi.json",
    "/api/v1/asyncapi.json",
    "/api/v1/auth/token",
    "/api/v1/invitations/join",
    "/api/v1/tournaments/{token}",
    "/tv/{token}",
    "/receipts/{receipt}",
}
FOLLOWING = ("/api/v1/sync/poll", "/api/v1/sync/stream")
OUTSIDE = {
    "nobody": 401,
    "stranger": 404,
    "left": 404,
    "suspended": 401,
    "operator": 404,
    "unknown": 404,
    "closed": 404,
}


def ways(row):
    if row.address == "/api/v1/auth/token":
        return ["token"]
    return ["token", "cookie"] if row.is_api else ["cookie"]


def titled(row):
    return f"{row.method} {row.name}"


@pytest.mark.parametrize("row", ROWS, ids=titled)
def test_c10_everybody_gets_what_the_matrix_says(row, world):
    """What is refused has written nothing, and what is granted would be committed."""
    world.make(row)
    got = {}
    for name, by in [(name, by) for by in ways(row) for name in COLUMNS]:
        with world.asked_by(name) as person:
            world.make_own(row)
            before = writes()

            answer = person.ask(row, by, world.ours.thing)

            got[by, name] = answer.status_code
            check_refusal(row.address, name, answer)
            if row.is_api and (answer.status_code >= 400 or row.method == "GET"):
                assert (name, writes()) == (name, before)
            elif row.method != "GET":
                settle()

    assert got == {(by, name): row.expected[name] for by in ways(row) for name in COLUMNS}


def test_a_row_that_is_written_is_counted(world):
    before = writes()

    factories.product(world.ours.bar, "Flag", stock=0)

    assert writes() > before


def check_refusal(address, name, answer):
    """Refusals of the API are problems with a code; a page sends who is not signed in to sign in."""
    if answer.status_code >= 400 and re.match("/api/v1/.", address):
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert name not in OTHERS or answer.json()["code"] in TOLD
    if answer.status_code == 302 and name in ("nobody", "suspended") and SIGNED_IN.match(address):
        assert answer.headers["Location"].startswith("/login/?next=/")


@pytest.mark.parametrize("page", ["till", "sales", "tonight"])
def test_c10_a_bar_that_is_not_yours_looks_like_one_that_is_not(page, world):
    row = next(row for row in ROWS if row.address == f"/bars/{{bar}}/{page}")
    bodies = set()
    for name in ("stranger", "left", "unknown", "closed"):
        person = world.people[name]
        body = person.ask(row, "cookie").content.decode()
        for own in (str(person.bar_id), person.user.username, person.user.first_name):
            body = body.replace(own, "")
        bodies.add(body)

    assert len(bodies) == 1


ROUTES = {row.route: row for row in ROWS}


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_no_other_method_is_answered(route, world):
    row = ROUTES[route]
    named = {row.method for row in ROWS if row.route == route}
    others = sorted(METHODS - named) if named != {"ANY"} else []
    person = world.people["nobody" if route == "/login/" else "owner"]  # who is signed in is sent on from there
    world.make(row)
    world.make_own(row)
    before = books()

    answers = {method: person.ask(row._replace(method=method), "cookie", world.ours.thing) for method in others}

    assert {method: answer.status_code for method, answer in answers.items()} == dict.fromkeys(others, 405)
    assert all(named <= set(answer.headers["Allow"].split(", ")) for answer in answers.values())
    assert books() == before


# The table is whole


def addresses(resolver=None, prefix="/"):
    """Every address of the URL table, with {bar} for the bar."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            yield from addresses(entry, path)
        else:
            yield re.sub(r"<(?:\w+:)?(\w+?)(_id)?>", r"{\1}", path)


def test_c01_every_address_stands_in_the_matrix_and_the_other_way_round():
    assert {path for path in addresses() if not ADMIN.match(path)} == {row.route for row in ROWS}


def test_c01_every_operation_of_the_api_stands_in_the_matrix():
    operations = {
        (method.upper(), path.replace("_id}", "}"))
        for path, item in api.get_openapi_schema()["paths"].items()
        for method in item
    }

    assert operations == {
        (row.method, row.route)
        for row in ROWS
        if row.is_api and not re.fullmatch("/api/v1/(docs|openapi.json)?", row.address)
    }


def test_c01_every_operation_asks_who_is_asking_but_the_one_that_signs_in():
    operations = {
        f"{method.upper()} {path}": operation
        for path, item in api.get_openapi_schema()["paths"].items()
        for method, operation in item.items()
    }
    undeclared = [name for name, operation in operations.items() if not operation.get("security")]

    assert len(operations) > 80
    assert undeclared == [
        "POST /api/v1/auth/token",
        "POST /api/v1/invitations/join",
        "GET /api/v1/tournaments/{token}",
        "GET /api/v1/asyncapi.json",
    ]


def test_c01_nobody_is_let_in_anywhere_but_where_everybody_is():
    """`nobody` gets 401 from the API, and from pages the way to sign in, which the matrix's own test has checked."""
    closed = {row.address for row in ROWS if row.expected["nobody"] == 401}
    pages = {row.address for row in ROWS if SIGNED_IN.match(row.address)}

    assert {row.address for row in ROWS} - closed - pages == PUBLIC


def test_c01_i35_who_is_in_no_bar_gets_nothing_of_any():
    of_bars = [row for row in ROWS if row.name.startswith("/api/v1/bars/{bar}") or row.name in FOLLOWING]

    assert len(of_bars) > 100
    assert [row for row in of_bars if row.expected | OUTSIDE != row.expected] == []


def test_no_row_stands_twice():
    rows = [(row.name, row.method) for row in ROWS]

    assert sorted(set(rows)) == sorted(rows)
    assert matrix.TABLE.strip().splitlines()[0].split()[2:] == COLUMNS


# What counts is now


def test_a_session_that_was_ended_elsewhere_is_nobody(bar, koffi):
    person = Person(koffi.user, bar.pk)
    SessionStore(person.browser.session.session_key).delete()

    assert person.browser.get(f"/api/v1/bars/{bar.pk}").status_code == 401


@pytest.mark.parametrize("role", ["waiter", "manager", "co_owner", "owner"])
def test_c10_what_counts_is_the_role_of_now(role, bar, yao):
    """Neither cookie nor token remembers a role: a person who is demoted is refused by the next request."""
    member = factories.member(bar, "ama", role)
    person = Person(member.user, bar.pk)
    statuses = []
    for now in ("owner", "waiter"):
        Member.objects.filter(pk=member.pk).update(role=now)
        for client in (Client(headers=person.headers), person.browser):
            statuses.append(client.get(f"/api/v1/bars/{bar.pk}/tonight").status_code)

    assert statuses == [200, 200, 403, 403]
