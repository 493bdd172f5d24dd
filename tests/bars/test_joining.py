"""Who has a code and no account makes one, and works in the bar."""

import json
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bars.api import invitations
from bars.models import Invitation, Member, User
from bars.services.invitations import invite, new_code
from tests.config.problems import check_problem

PASSWORD = "la-biere-est-fraiche"


@pytest.fixture
def code(koffi):
    told = new_code()
    invite(koffi, role=Member.Role.WAITER, code=told, at=timezone.now())
    return told


def join(code, **body):
    sent = {"key": str(uuid.uuid4()), "code": code, "name": "Issa", "username": "issa", "password": PASSWORD}
    return Client().post("/api/v1/invitations/join", json.dumps(sent | body), "application/json")


def people():
    return User.objects.count(), Member.objects.count(), Invitation.objects.filter(accepted_by=None).count()


def test_a_newcomer_joins_with_an_account_of_their_own(bar, koffi, code):
    answer = join(code.lower())

    member = Member.objects.get(user__username="issa")
    assert (answer.status_code, answer.json()) == (201, {"bar": str(bar.pk)})
    assert (member.bar_id, member.role, member.user.first_name) == (bar.pk, "waiter", "Issa")
    assert member.user.check_password(PASSWORD)
    assert Invitation.objects.get().accepted_by == member.user
    assert Client().login(username="issa", password=PASSWORD)


def test_the_same_request_again_joins_once(code):
    key = str(uuid.uuid4())
    first, before = join(code, key=key), people()

    again = join(code, key=key)

    assert (again.status_code, again.json(), again["Idempotent-Replayed"]) == (201, first.json(), "true")
    assert people() == before


@pytest.mark.parametrize("other", [{"key": str(uuid.uuid4())}, {"password": "une-autre-biere"}, {"username": "ama"}])
def test_a_used_code_opens_nothing_to_who_is_another(other, code):
    key = str(uuid.uuid4())
    join(code, key=key)
    before = people()

    check_problem(join(code, **({"key": key} | other)), 404, "unknown_invitation")

    assert people() == before


def test_a_closed_door_says_nothing_of_who_has_an_account(koffi, code):
    """A name that is taken and one that isn't look alike, and wrong, revoked and old codes too."""
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    before = people()

    told = [
        check_problem(join(some, username=name), 404, "unknown_invitation") | {"request_id": ""}
        for some in (code, new_code())
        for name in ("koffi", "nobody-yet")
    ]

    assert told == [told[0]] * 4
    assert people() == before


@pytest.mark.parametrize(
    ("wrong", "status", "code_of"),
    [
        ({"username": "koffi"}, 409, "username_taken"),
        ({"name": "koffi"}, 409, "name_taken"),
        ({"password": "12345678"}, 400, "weak_password"),
        ({"username": "Is sa"}, 400, "invalid"),
        ({"username": ""}, 400, "invalid"),
        ({"role": "owner"}, 400, "invalid"),
    ],
)
def test_what_cannot_be_leaves_the_door_open(wrong, status, code_of, koffi, code):
    before = people()

    check_problem(join(code, **wrong), status, code_of)

    assert people() == before
    assert join(code).status_code == 201


def test_nobody_reads_names_off_a_code(koffi, code, settings, monkeypatch):
    settings.RATE_LIMIT = 1000
    monkeypatch.setattr(invitations, "MOST_TRIES", 2)

    statuses = [join(code, username="koffi").status_code for _ in range(3)]

    assert statuses == [409, 409, 429]
