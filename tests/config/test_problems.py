"""Whatever refuses, the answer is a problem: an address, a method, a parameter, or the database by itself."""

import json
import uuid

import pytest
from django.db import IntegrityError, InternalError, ProgrammingError, connection, transaction
from django.test import Client

from bars.models import Bar, Member
from config.problems import problems_below, problems_of_constraints
from realtime.errors import Problem
from tests import factories
from tests.books import books
from tests.config.problems import check_problem, post

PATHS = ["nothing", "bars/1", "bars/{bar}/nothing", "bars/{bar}/sales/", "bars/{bar}/sales/x", "%00", "bars/..%2f", "é"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("who", ["token", "cookie", "nobody"])
def test_an_address_that_is_none_is_a_problem(who, method, path, koffi, bar):
    client = Client(enforce_csrf_checks=True, headers=factories.bearer(koffi) if who == "token" else {})
    if who == "cookie":
        client.force_login(koffi.user)

    answer = client.generic(method, "/api/v1/" + path.replace("{bar}", str(bar.pk)), "{}", "application/json")

    check_problem(answer, 404, "not_found")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "HEAD", "OPTIONS"])
def test_another_method_is_a_problem_that_names_the_right_ones(method, till):
    answer = till.generic(method, till.address)

    assert (answer.status_code, set(answer.headers["Allow"].split(", "))) == (405, {"GET", "POST"})
    if method != "HEAD":
        check_problem(answer, 405, "method_not_allowed")


def test_a_foreign_host_is_a_problem(till, settings):
    settings.ALLOWED_HOSTS = ["bar.example"]

    check_problem(till.get(till.address, headers={"Host": "evil.example"}), 400, "invalid")


def test_a_page_that_is_none_stays_a_page(client):
    assert client.get("/nothing").headers["Content-Type"].startswith("text/html")


QUERIES = {
    "?on=2026-11-20": None,
    "?On=2026-11-20": ["On"],
    "?offset=2&size=1000": ["offset", "size"],
    "?sold_by__password__startswith=a": ["sold_by__password__startswith"],
    "?_connector=OR&before=": ["_connector"],
    "?on=2026-11-20&": None,
    "?=": [""],
    "?%ED%A0%80=1": ["\ufffd\ufffd\ufffd"],
    "?%00=1": ["\0"],
}


@pytest.mark.parametrize(("query", "unknown"), QUERIES.items(), ids=map(ascii, QUERIES))
def test_a_parameter_that_is_unknown_is_refused_and_the_known_are_named(query, unknown, till):
    answer = till.get(till.address + query)

    if unknown is None:
        assert answer.status_code == 200
    else:
        problem = check_problem(answer, 400, "unknown_parameter")
        assert problem["unknown"] == unknown
        assert {"before", "on"} <= set(problem["allowed"])


def test_a_parameter_counts_for_what_is_written_too(till, order):
    before = books()
    till.address += "?dry_run=true"

    problem = check_problem(post(till, order), 400, "unknown_parameter")

    assert (problem["unknown"], problem["allowed"]) == (["dry_run"], [])
    assert books() == before


def test_who_is_nobody_learns_no_parameters(bar):
    check_problem(Client().get(f"/api/v1/bars/{bar.pk}/sales?x=1"), 401, "sign_in")


# What the database refuses by itself


def raised_by(statement, *parameters):
    """The error that Django makes of what Postgres refuses."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except (IntegrityError, InternalError, ProgrammingError) as error:
        return error
    raise AssertionError("Postgres has taken it")


def twice(member):
    return raised_by("INSERT INTO bars_member (bar_id, user_id, role, is_active, created_at) "
                     "VALUES (%s, %s, 'owner', true, now())", member.bar_id, member.user_id)  # fmt: skip


def in_no_bar(member):
    return raised_by("INSERT INTO bars_member (bar_id, user_id, role, is_active, created_at) "
                     "VALUES (%s, %s, 'owner', true, now())", uuid.uuid4(), member.user_id)  # fmt: skip


def out_of_bounds(member):
    return raised_by("UPDATE bars_bar SET discount_limit = 101 WHERE id = %s", member.bar_id)


def without_an_owner(member):
    Member.objects.filter(pk=member.pk).update(role="owner")
    return raised_by("UPDATE bars_member SET role = 'waiter' WHERE id = %s", member.pk)


def without_a_name(member):
    return raised_by("UPDATE bars_bar SET name = NULL WHERE id = %s", member.bar_id)


def by_a_trigger(member):
    factories.product(member.bar, "Flag")
    return raised_by("DELETE FROM stock_movement WHERE bar_id = %s", member.bar_id)


DATABASE = [
    (twice, 409, "conflict", "This goes against what is already written: nothing was changed."),
    (in_no_bar, 404, "not_found", "There is nothing here for you."),
    (out_of_bounds, 409, "conflict", "This goes against what is already written: nothing was changed."),
    (without_an_owner, 409, "last_owner", "A bar keeps an owner: name another one first."),
    (without_a_name, 409, "conflict", "This goes against what is already written: nothing was changed."),
    (by_a_trigger, 409, "conflict", "This goes against what is already written: nothing was changed."),
]

CONSTRAINTS = {twice: "a_person_is_in_a_bar_once", out_of_bounds: "discount_limit_is_a_percentage"}


@pytest.fixture
def refused_with(till, koffi, awa, monkeypatch):
    """The answer where the service raises this error."""

    def ask(error):
        def fail(*args, **options):
            raise error

        monkeypatch.setattr("bars.api.team.send_away", fail)
        return till.post(f"/api/v1/bars/{koffi.bar_id}/team/{awa.pk}/deactivate")

    return ask


@pytest.mark.parametrize("refusal", DATABASE, ids=lambda refusal: refusal[0].__name__)
def test_a_refusal_of_the_database_is_told_by_the_fact_it_keeps(refusal, refused_with, koffi, caplog):
    cause, status, code, detail = refusal
    error = cause(koffi)

    problem = check_problem(refused_with(error), status, code)

    assert (problem["detail"], problem.get("constraint")) == (detail, CONSTRAINTS.get(cause))
    logged = [record for record in caplog.records if record.name == "config.problems"]
    assert bool(logged) == (code != "last_owner")


def test_a_table_that_is_missing_is_our_mistake(refused_with):
    check_problem(refused_with(raised_by("SELECT 1 FROM nothing")), 500, "internal")


def test_a_constraint_that_a_problem_speaks_for_exists(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint UNION SELECT indexrelid::regclass::text FROM pg_index")
        known = {name for (name,) in cursor.fetchall()}
        cursor.execute(
            "SELECT prosrc FROM pg_proc JOIN pg_language ON pg_language.oid = prolang AND lanname = 'plpgsql'"
        )
        triggers = "\n".join(source for (source,) in cursor.fetchall())

    assert [name for name in problems_of_constraints() if name not in known and f"'{name}'" not in triggers] == []


def test_a_code_means_one_status():
    statuses = {}
    for problem in problems_below(Problem):
        statuses.setdefault(problem.code, set()).add(problem.status)

    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}


def test_a_problem_of_the_database_rolls_everything_back(yao, bar):
    """A real one, by the API: the trigger refuses behind the service's back."""
    factories.sale(yao, {factories.product(bar, "Flag").pk: 1})
    address = f"/api/v1/bars/{bar.pk}/settings"
    body = json.dumps({"currency": "NGN", "address": "12 rue des Jardins"})

    answer = Client(headers=factories.bearer(yao)).patch(address, body, "application/json")

    check_problem(answer, 409, "terms_stay")
    assert Bar.objects.get(pk=bar.pk).address == bar.address
