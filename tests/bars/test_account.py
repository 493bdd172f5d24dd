"""Who changes their password is signed in nowhere else."""

import json

import pytest
from django.test import Client

from bars.api import account
from bars.models import AccessToken, Session
from tests import factories
from tests.config.problems import check_problem

NEW = "un-bissap-bien-frais"


def change(client, current=factories.PASSWORD, new=NEW):
    return client.put("/api/v1/account/password", json.dumps({"current": current, "new": new}), "application/json")


@pytest.fixture
def phone(koffi):
    client = Client()
    client.force_login(koffi.user)
    return client


def test_a_new_password_signs_in_and_the_old_one_does_not(phone, koffi):
    assert change(phone).status_code == 204

    assert [Client().login(username="koffi", password=one) for one in (factories.PASSWORD, NEW)] == [False, True]


def test_others_who_are_signed_in_as_me_are_not_any_more(phone, koffi):
    thief = Client()
    thief.force_login(koffi.user)
    token = Client(headers=factories.bearer(koffi))
    assert [one.get("/api/v1/bars").status_code for one in (phone, thief, token)] == [200, 200, 200]

    change(phone)

    assert [one.get("/api/v1/bars").status_code for one in (phone, thief, token)] == [200, 401, 401]
    assert (Session.objects.filter(user=koffi.user).count(), AccessToken.objects.count()) == (1, 0)


def test_a_token_that_changes_the_password_ends_too(koffi):
    client = Client(headers=factories.bearer(koffi))

    assert [change(client).status_code, client.get("/api/v1/bars").status_code] == [204, 401]
    assert Session.objects.count() == 0


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"current": "wrong"}, 400, "wrong_password"),
        ({"new": "12345678"}, 400, "weak_password"),
        ({"new": "koffi"}, 400, "weak_password"),
        ({"new": ""}, 400, "invalid"),
    ],
)
def test_a_password_that_is_refused_changes_nothing(asked, status, code, phone, koffi):
    thief = Client()
    thief.force_login(koffi.user)

    check_problem(change(phone, **asked), status, code)

    assert [one.get("/api/v1/bars").status_code for one in (phone, thief)] == [200, 200]


def test_the_old_password_is_not_guessed(phone, settings, monkeypatch):
    settings.RATE_LIMIT = 1000
    monkeypatch.setattr(account, "MOST_TRIES", 2)

    assert [change(phone, current="wrong").status_code for _ in range(3)] == [400, 400, 429]
