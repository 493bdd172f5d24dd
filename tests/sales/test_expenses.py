import uuid
from datetime import UTC, date, datetime

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from sales.models import Expense
from sales.services.expenses import Spending, spend
from tests import factories
from tests.books import books

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def spending(**fields):
    return Spending(**{"key": uuid.uuid4(), "category": "water", "amount": 700, "payment": "cash"} | fields)


@pytest.fixture
def office(yao):
    """Yao's client, by bearer token."""
    client = Client(headers=factories.bearer(yao))
    client.address = f"/api/v1/bars/{yao.bar_id}/expenses"
    return client


def body(**fields):
    return {"key": str(uuid.uuid4()), "category": "water", "amount": 700, "payment": "cash", "note": "SODECI"} | fields


def post(client, address, sent):
    return client.post(address, sent, content_type="application/json")


def expenses():
    return list(Expense.objects.order_by("id").values_list("category", "amount", "payment", "note", "voided_at"))


def test_an_expense_is_written_once_per_key(yao):
    one = spending()

    first, again = spend(yao, one, at=NOON), spend(yao, one, at=timezone.now())

    assert (first.is_replay, again.is_replay, first.expense.pk) == (False, True, again.expense.pk)
    assert expenses() == [("water", 700, "cash", "", None)]
    assert (first.expense.created_at, first.expense.business_date) == (NOON, date(2026, 11, 20))


@pytest.mark.parametrize(
    "change", [{"amount": 701}, {"category": "rent"}, {"payment": "card"}, {"note": "other"}], ids=lambda one: [*one][0]
)
def test_a_key_that_has_spent_something_else_is_refused(change, office):
    sent = body()
    post(office, office.address, sent)
    before = books(), expenses()

    refused = post(office, office.address, sent | change)

    assert (refused.status_code, refused.json()["code"]) == (422, "key_reused")
    assert (books(), expenses()) == before


def test_a_key_is_of_who_has_spent(yao, bar):
    ines = factories.member(bar, "ines", "co_owner")
    sent = body()
    post(client := Client(headers=factories.bearer(yao)), f"/api/v1/bars/{bar.pk}/expenses", sent)

    other = post(Client(headers=factories.bearer(ines)), f"/api/v1/bars/{bar.pk}/expenses", sent)
    same = post(client, f"/api/v1/bars/{bar.pk}/expenses", sent)

    assert (other.status_code, same.status_code, same.headers["Idempotent-Replayed"]) == (422, 201, "true")
    assert len(expenses()) == 1


@pytest.mark.parametrize(
    ("zone", "hour", "closing_hour", "expected"),
    [
        ("Africa/Abidjan", 5, 6, date(2026, 11, 19)),
        ("Africa/Abidjan", 6, 6, date(2026, 11, 20)),
        ("Africa/Lagos", 4, 6, date(2026, 11, 19)),
        ("Africa/Lagos", 5, 6, date(2026, 11, 20)),
        ("Africa/Lagos", 23, 0, date(2026, 11, 21)),
        ("Africa/Abidjan", 23, 0, date(2026, 11, 20)),
    ],
)
def test_i19_an_expense_has_the_business_date_of_its_bar(zone, hour, closing_hour, expected, db):
    bar = factories.bar(time_zone=zone, closing_hour=closing_hour)
    yao = factories.member(bar, "yao", "owner")

    expense = spend(yao, spending(), at=NOON.replace(hour=hour)).expense

    assert expense.business_date == expected


def test_a_voided_expense_stays_with_who_and_why(office, yao):
    made = post(office, office.address, body()).json()

    voided = post(office, f"{office.address}/{made['id']}/void", {"reason": "Typed twice"})
    again = post(office, f"{office.address}/{made['id']}/void", {"reason": "Something else"})

    assert (voided.status_code, again.status_code, voided.json()) == (200, 200, again.json())
    assert {name: voided.json()[name] for name in ("voided_by", "void_reason", "amount")} == {
        "voided_by": "yao",
        "void_reason": "Typed twice",
        "amount": 700,
    }
    assert voided.json()["voided_at"] is not None


@pytest.mark.parametrize("kind", ["another bar's", "unknown"])
def test_only_an_expense_of_the_bar_is_voided(kind, office, zoe, yao):
    strange = {"another bar's": lambda: spend(zoe, spending(), at=NOON).expense.pk, "unknown": uuid.uuid4}[kind]()
    own = spend(yao, spending(), at=NOON).expense.pk

    refused = post(office, f"{office.address}/{strange}/void", {"reason": "No"})
    control = post(office, f"{office.address}/{own}/void", {"reason": "Yes"})

    assert (refused.status_code, refused.json()["code"], control.status_code) == (404, "not_found", 200)
    assert Expense.objects.filter(voided_at__isnull=False).count() == 1


@pytest.mark.parametrize("name", ["awa", "koffi", "zoe"])
def test_only_owners_see_and_write_expenses(name, request, office):
    member = request.getfixturevalue(name)
    made = post(office, office.address, body()).json()
    client = Client(headers=factories.bearer(member))
    before = expenses()

    answers = [
        client.get(office.address),
        post(client, office.address, body()),
        post(client, f"{office.address}/{made['id']}/void", {"reason": "No"}),
    ]

    assert {answer.status_code for answer in answers} == {404 if name == "zoe" else 403}
    assert expenses() == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 0},
        {"amount": -1},
        {"amount": 1.5},
        {"amount": "1"},
        {"amount": True},
        {"amount": 10**10},
        {"amount": 2**63},
        {"category": "beer"},
        {"category": "other", "note": ""},
        {"category": "other", "note": " \t "},
        {"payment": "tab"},
        {"payment": "credit"},
        {"note": "a\x00b"},
        {"note": "x" * 201},
        {"key": "no"},
        {"business_date": "2026-11-20"},
        {"bar": "another"},
        {"created_by": "zoe"},
    ],
    ids=str,
)
def test_a_wrong_expense_is_refused_and_nothing_written(wrong, office):
    before = books(), expenses()

    refused = post(office, office.address, body() | wrong)

    assert (refused.status_code, refused.headers["Content-Type"]) == (400, "application/problem+json")
    assert (books(), expenses()) == before
    assert post(office, office.address, body()).status_code == 201


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "a\x07b", None, 1])
def test_voiding_needs_a_reason(reason, office):
    made = post(office, office.address, body()).json()

    refused = post(office, f"{office.address}/{made['id']}/void", {"reason": reason})

    assert refused.status_code == 400
    assert [row[-1] for row in expenses()] == [None]


def test_expenses_are_listed_newest_first_by_page_date_and_category(office, yao, zoe):
    spend(zoe, spending(), at=NOON)
    for number in range(1, 53):
        category = "rent" if number == 7 else "water"
        spend(yao, spending(amount=number, category=category), at=NOON.replace(day=19 if number == 8 else 20))

    first = office.get(office.address)
    second = office.get(office.address, {"before": first.json()["next"]}).json()
    by_date = office.get(office.address, {"on": "2026-11-19"}).json()
    by_category = office.get(office.address, {"category": "rent"}).json()

    assert [one["amount"] for one in first.json()["expenses"]] == list(range(52, 2, -1))
    assert [one["amount"] for one in second["expenses"]] == [2, 1]
    assert second["next"] is None
    assert [one["amount"] for one in by_date["expenses"]] == [8]
    assert [one["amount"] for one in by_category["expenses"]] == [7]
    assert "Cursor" in first.headers


@pytest.mark.parametrize("query", [{"before": "1"}, {"on": "2026-13-01"}, {"category": "beer"}], ids=str)
def test_a_wrong_filter_is_refused(query, office):
    assert office.get(office.address, query).status_code == 400


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.django_db(transaction=True)
def test_the_list_costs_the_same_whatever_its_length(count, office, yao, django_assert_num_queries):
    for _ in range(count):
        spend(yao, spending(), at=NOON)

    with django_assert_num_queries(7):
        assert len(office.get(office.address).json()["expenses"]) == count


@pytest.mark.parametrize("change", [{"amount": 1}, {"business_date": "2026-11-01"}, {"category": "rent"}], ids=str)
def test_an_expense_is_never_changed_nor_deleted_by_sql(change, yao):
    expense = spend(yao, spending(), at=NOON).expense
    before = expenses()

    with pytest.raises(Exception, match="Cannot update|stays"), transaction.atomic():
        Expense.objects.filter(pk=expense.pk).update(**change)
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        expense.delete()

    assert expenses() == before
