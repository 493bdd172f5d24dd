import json
import re
import uuid

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.urls import get_resolver

from bars.models import Bar, Member, User
from config.api import api
from sales.models import Sale
from tests import factories, matrix
from tests.books import books
from tests.matrix import COLUMNS, ROWS

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"}
ADMIN = re.compile(r"/admin/")  # tests/config/test_admin.py


class Person:
    """Asks for a bar by token or by cookie; both were issued while the person was still welcome."""

    def __init__(self, user, bar_id):
        self.user, self.bar_id = user, bar_id
        self.headers = factories.bearer(user) if user else {}
        self.browser = Client()
        if user:
            self.browser.force_login(user)

    def ask(self, method, address, by, product):
        client, headers = (self.browser, {}) if by == "cookie" else (Client(), self.headers)
        url = address.replace("{bar}", str(self.bar_id))
        if "/sync/" in address:
            url += f"?streams=bar.{self.bar_id}"
        body = self.body(address, product) if method == "POST" else {}
        return client.generic(method, url, json.dumps(body), "application/json", headers=headers)

    def body(self, address, product):
        if address.endswith("/sales"):
            return {"key": str(uuid.uuid4()), "lines": [{"product": str(product.pk), "quantity": 1}]}
        if address.endswith("/token"):
            return {"username": self.user.username if self.user else "operator", "password": factories.PASSWORD}
        return {}


@pytest.fixture
def people(bar, zoe, operator):
    """Everybody of the table, by column."""
    closed = factories.bar("Chez Ferdinand", is_active=False)
    staff = {role: factories.member(bar, f"{role}_of_yao", role).user for role in Member.Role.values}
    Member.objects.create(bar=closed, user=staff["owner"], role="owner")
    left, suspended = [factories.member(bar, name, "manager").user for name in ("left", "suspended")]
    people = {
        "nobody": Person(None, bar.pk),
        "stranger": Person(zoe.user, bar.pk),
        "left": Person(left, bar.pk),
        "suspended": Person(suspended, bar.pk),
        "operator": Person(operator, bar.pk),
        "unknown": Person(staff["owner"], uuid.uuid4()),
        "closed": Person(staff["owner"], closed.pk),
        **{role: Person(user, bar.pk) for role, user in staff.items()},
    }
    Member.objects.filter(user=left).update(is_active=False)
    User.objects.filter(pk=suspended.pk).update(is_active=False)
    return people


def ways(row):
    if row.address == "/api/v1/auth/token":
        return ["token"]
    return ["token", "cookie"] if row.address.startswith("/api/") else ["cookie"]


CASES = [pytest.param(row, by, id=f"{row.method} {row.address} by {by}") for row in ROWS for by in ways(row)]


@pytest.mark.parametrize(("row", "by"), CASES)
def test_everybody_gets_what_the_matrix_says(row, by, people, beer):
    method = "GET" if row.method == "ANY" else row.method

    answers = {name: people[name].ask(method, row.address, by, beer) for name in COLUMNS}

    assert {name: answer.status_code for name, answer in answers.items()} == row.expected
    for name, answer in answers.items():
        check_refusal(row.address, name, answer)


@pytest.mark.parametrize("page", ["till", "sales", "tonight"])
def test_a_bar_that_is_not_yours_looks_like_one_that_is_not(page, people, beer):
    bodies = set()
    for name in ("stranger", "left", "unknown", "closed"):
        person = people[name]
        body = person.ask("GET", f"/bars/{{bar}}/{page}", "cookie", beer).content.decode()
        for own in (str(person.bar_id), person.user.username, person.user.first_name):
            body = body.replace(own, "")
        bodies.add(body)

    assert len(bodies) == 1


def check_refusal(address, name, answer):
    """Refusals of the API are problems with a code; a page sends who is not signed in to sign in."""
    if answer.status_code >= 400 and re.match("/api/v1/.", address):
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] in {"sign_in", "wrong_credentials", "not_found", "not_allowed"}
    if answer.status_code == 302 and name in ("nobody", "suspended") and re.match("/(bars|operator)/", address):
        assert answer.headers["Location"].startswith("/login/?next=/")


@pytest.mark.parametrize("address", sorted({row.address for row in ROWS}))
def test_no_other_method_is_answered(address, people, beer):
    named = {row.method for row in ROWS if row.address == address}
    others = sorted(METHODS - named) if named != {"ANY"} else []
    person = people["nobody" if address == "/login/" else "owner"]  # who is signed in is sent on from there
    before = books()

    answers = {method: person.ask(method, address, "cookie", beer) for method in others}

    assert {method: answer.status_code for method, answer in answers.items()} == dict.fromkeys(others, 405)
    assert all(named <= set(answer.headers["Allow"].split(", ")) for answer in answers.values())
    assert books() == before


def addresses(resolver=None, prefix="/"):
    """Every address of the URL table, with {bar} for the bar."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            yield from addresses(entry, path)
        else:
            yield re.sub(r"<\w+:bar_id>", "{bar}", path)


def test_every_address_stands_in_the_matrix_and_the_other_way_round():
    assert {path for path in addresses() if not ADMIN.match(path)} == {row.address for row in ROWS}


def test_every_operation_of_the_api_stands_in_the_matrix():
    operations = {
        (method.upper(), path.replace("{bar_id}", "{bar}"))
        for path, item in api.get_openapi_schema()["paths"].items()
        for method in item
    }

    assert operations == {
        (row.method, row.address)
        for row in ROWS
        if row.address.startswith("/api/v1/") and not re.fullmatch("/api/v1/(docs|openapi.json)?", row.address)
    }


def test_no_row_stands_twice():
    rows = [(row.address, row.method) for row in ROWS]

    assert sorted(set(rows)) == sorted(rows)
    assert matrix.TABLE.strip().splitlines()[0].split()[2:] == COLUMNS


def everything_told(person, bar_ids, product):
    """All bytes that a person gets from every address, for each of these bars."""
    told = []
    for bar_id in bar_ids:
        person.bar_id = bar_id
        for row in ROWS:
            for by in ways(row):
                answer = person.ask("GET" if row.method == "ANY" else row.method, row.address, by, product)
                told.append(str(answer.headers) + (answer.content.decode() if not answer.streaming else ""))
                person.browser.force_login(person.user)  # /logout/ is one of them
    return "\n".join(told)


def test_no_answer_to_a_stranger_holds_a_word_of_the_bar(bar, other_bar, koffi, zoe, beer):
    """Names, articles and people of each bar are like no others; the bar's own member does see them."""
    factories.sale(koffi, {beer.pk: 3})
    heineken = factories.product(other_bar, "Heineken")
    factories.sale(zoe, {heineken.pk: 1})
    Bar.objects.filter(pk=bar.pk).update(address="12 rue des Jardins")
    sale = Sale.objects.get(bar=bar)
    ours = ["Chez Yao", bar.slug, "Beaufort", str(beer.pk), "koffi", str(sale.pk), "rue des Jardins"]

    stranger = everything_told(Person(zoe.user, None), [other_bar.pk, bar.pk], heineken)
    member = everything_told(Person(koffi.user, None), [bar.pk], beer)

    assert [word for word in ours if word.lower() in stranger.lower()] == []
    assert [word for word in ours if word.lower() not in member.lower()] == []
    assert "Heineken" in stranger


def test_a_session_that_was_ended_elsewhere_is_nobody(bar, koffi):
    person = Person(koffi.user, bar.pk)
    SessionStore(person.browser.session.session_key).delete()

    assert person.ask("GET", "/api/v1/bars/{bar}", "cookie", None).status_code == 401


@pytest.mark.parametrize("role", ["waiter", "manager", "co_owner", "owner"])
def test_what_counts_is_the_role_of_now(role, bar, beer):
    """Neither cookie nor token remembers a role: a person who is demoted is refused by the next request."""
    member = factories.member(bar, "ama", role)
    person = Person(member.user, bar.pk)
    statuses = []
    for now in ("owner", "waiter"):
        Member.objects.filter(pk=member.pk).update(role=now)
        for by in ("token", "cookie"):
            statuses.append(person.ask("GET", "/api/v1/bars/{bar}/tonight", by, beer).status_code)

    assert statuses == [200, 200, 403, 403]
