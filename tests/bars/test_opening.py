"""A bar opens with its owner, once, for those who may."""

import json
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from bars.models import Bar, Member
from bars.services import opening
from realtime.models import Conversation
from tests import factories
from tests.config.problems import check_problem

NEW = {"name": "Le Baobab", "time_zone": "Africa/Porto-Novo", "currency": "XOF", "closing_hour": 5}


def open_bar(person, **body):
    client = Client(headers=factories.bearer(person))
    sent = {"key": str(uuid.uuid4())} | NEW | body
    return client.post("/api/v1/bars", json.dumps(sent), "application/json")


@pytest.fixture
def issa(db):
    """Has an account, and works nowhere yet."""
    return factories.user("issa")


def test_who_works_nowhere_opens_a_bar_and_owns_it(issa):
    answer = open_bar(issa)

    bar = Bar.objects.get(name="Le Baobab")
    assert (answer.status_code, answer.json()["id"], answer.json()["role"]) == (201, str(bar.pk), "owner")
    assert (bar.currency, bar.time_zone, bar.closing_hour) == ("XOF", "Africa/Porto-Novo", 5)
    assert [(one.user, one.role) for one in bar.members.all()] == [(issa, "owner")]
    assert Conversation.objects.filter(stream=f"bar.{bar.pk}").count() == 1


def test_asking_again_answers_with_the_same_bar(issa):
    key = str(uuid.uuid4())
    first = open_bar(issa, key=key)

    again = open_bar(issa, key=key)

    assert (again.status_code, again.json(), again["Idempotent-Replayed"]) == (201, first.json(), "true")
    assert Bar.objects.filter(name="Le Baobab").count() == 1
    check_problem(open_bar(issa, key=key, name="Le Palmier"), 422, "key_reused")
    assert Bar.objects.count() == 1


def test_i02_one_key_of_a_person_opens_one_bar_in_the_database_too(issa, bar, other_bar):
    key = uuid.uuid4()
    Member.objects.create(bar=bar, user=issa, role="owner", key=key)

    with pytest.raises(IntegrityError, match="a_key_opens_one_bar_of_a_person"), transaction.atomic():
        Member.objects.create(bar=other_bar, user=issa, role="owner", key=key)


@pytest.mark.parametrize(("who", "status"), [("yao", 201), ("koffi", 403), ("awa", 403), ("operator", 403)])
def test_owners_open_another_bar_and_who_works_for_them_does_not(who, status, request):
    person = request.getfixturevalue(who)
    before = Bar.objects.count()

    assert open_bar(person).status_code == status
    assert Bar.objects.count() == before + (status == 201)


def test_with_open_bars_off_nobody_opens_one_alone(issa, settings):
    settings.OPEN_BARS = False

    check_problem(open_bar(issa), 403, "not_allowed")
    assert Bar.objects.count() == 0


def test_an_owner_has_so_many_bars(yao, monkeypatch):
    monkeypatch.setattr(opening, "MOST_OWNED", 2)
    assert open_bar(yao).status_code == 201

    check_problem(open_bar(yao), 409, "too_many_bars")


@pytest.mark.parametrize(
    "wrong",
    [{"time_zone": "Africa/Atlantis"}, {"currency": "XXO"}, {"closing_hour": 24}, {"name": " "}, {"role": "owner"}],
)
def test_a_bar_that_cannot_be_is_not_opened(wrong, issa):
    check_problem(open_bar(issa, **wrong), 400, "invalid")
    assert Bar.objects.count() == 0


def test_a_bar_is_never_there_without_its_owner(issa, monkeypatch):
    """The membership fails: so does the bar."""

    def fail(**fields):
        raise RuntimeError

    monkeypatch.setattr(Member.objects, "create", fail)

    with pytest.raises(RuntimeError), transaction.atomic():
        opening.open_bar(issa, opening.NewBar(uuid.uuid4(), **NEW))

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bars_bar")
        assert cursor.fetchone() == (0,)
