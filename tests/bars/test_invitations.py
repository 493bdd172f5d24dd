"""A code lets one person in, once, while the door is open."""

import json
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bars.models import Invitation, Member, digest
from bars.services.invitations import ALPHABET, accept, invite, new_code
from tests import factories
from tests.config.problems import check_problem


def as_person(person):
    return Client(headers=factories.bearer(person))


def post(client, address, **body):
    return client.post(f"/api/v1{address}", json.dumps(body), "application/json")


@pytest.fixture
def issa(db):
    """Has an account, and works nowhere yet."""
    return factories.user("issa")


@pytest.fixture
def code(koffi):
    return post(as_person(koffi), f"/bars/{koffi.bar_id}/invitations", role="waiter").json()["code"]


def doors():
    return (
        sorted(Invitation.objects.values_list("id", "accepted_by", "revoked_at")),
        sorted(Member.objects.values_list("id", "role", "is_active")),
    )


def test_an_invitation_lets_a_person_in_for_seven_days_and_keeps_no_code(koffi, issa):
    told = post(as_person(koffi), f"/bars/{koffi.bar_id}/invitations", role="waiter").json()
    joined = post(as_person(issa), "/invitations/accept", code=told["code"])

    door = Invitation.objects.get()
    assert (joined.status_code, joined.json()["id"], joined.json()["role"]) == (200, str(koffi.bar_id), "waiter")
    assert door.expires_at - door.created_at > timedelta(days=6, hours=23)
    assert door.digest == digest(told["code"].replace("-", ""))
    assert (door.accepted_by_id, Member.objects.get(user=issa).role) == (issa.pk, "waiter")


def test_a_code_is_typed_as_people_type(issa, code):
    joined = post(as_person(issa), "/invitations/accept", code=f" {code.lower().replace('-', ' ')} ")

    assert joined.status_code == 200


def test_accepting_again_answers_the_same_and_writes_nothing(issa, code):
    first, before = post(as_person(issa), "/invitations/accept", code=code), doors()

    again = post(as_person(issa), "/invitations/accept", code=code)

    assert (again.status_code, again.json(), doors()) == (200, first.json(), before)


def test_a_used_code_lets_nobody_else_in(issa, code, zoe):
    post(as_person(issa), "/invitations/accept", code=code)
    before = doors()

    check_problem(post(as_person(zoe), "/invitations/accept", code=code), 404, "unknown_invitation")

    assert doors() == before


def close_by_time(koffi):
    Invitation.objects.update(expires_at=timezone.now())


def close_by_hand(koffi):
    invitation = Invitation.objects.get()
    post(as_person(koffi), f"/bars/{koffi.bar_id}/invitations/{invitation.pk}/revoke")


def close_with_the_bar(koffi):
    koffi.bar.is_active = False
    koffi.bar.save()


def close_with_the_inviter(koffi):
    Member.objects.filter(pk=koffi.pk).update(is_active=False)


def close_with_the_inviters_role(koffi):
    Member.objects.filter(pk=koffi.pk).update(role="waiter")


CLOSINGS = [close_by_time, close_by_hand, close_with_the_bar, close_with_the_inviter, close_with_the_inviters_role]


@pytest.mark.parametrize("close", CLOSINGS, ids=lambda close: close.__name__)
def test_a_closed_door_looks_like_none(close, koffi, issa, code):
    close(koffi)
    before = doors()

    closed = check_problem(post(as_person(issa), "/invitations/accept", code=code), 404, "unknown_invitation")
    none = check_problem(post(as_person(issa), "/invitations/accept", code=new_code()), 404, "unknown_invitation")

    assert {**closed, "request_id": ""} == {**none, "request_id": ""}
    assert doors() == before


@pytest.mark.parametrize("wrong", ["", " ", "\0", "é", "A" * 41, "A" * 40, None, 7])
def test_a_code_that_is_none_opens_nothing(wrong, issa, code):
    before = doors()

    answer = post(as_person(issa), "/invitations/accept", code=wrong)

    check_problem(answer, answer.status_code, {400: "invalid", 404: "unknown_invitation"}[answer.status_code])
    assert doors() == before


def test_nobody_joins_without_signing_in(code):
    check_problem(post(Client(), "/invitations/accept", code=code), 401, "sign_in")


def test_who_works_there_already_does_not_use_up_the_code(awa, issa, code):
    check_problem(post(as_person(awa), "/invitations/accept", code=code), 409, "already_member")

    assert post(as_person(issa), "/invitations/accept", code=code).status_code == 200


def test_who_was_sent_away_does_not_come_back_by_a_code(awa, code):
    Member.objects.filter(pk=awa.pk).update(is_active=False)
    before = doors()

    check_problem(post(as_person(awa), "/invitations/accept", code=code), 409, "sent_away")

    assert doors() == before


@pytest.mark.parametrize(
    ("actor", "role", "status"),
    [
        ("awa", "waiter", 403),
        ("koffi", "waiter", 201),
        ("koffi", "manager", 403),
        ("koffi", "owner", 403),
        ("yao", "manager", 201),
        ("yao", "co_owner", 201),
        ("yao", "owner", 201),
        ("zoe", "waiter", 404),
    ],
)
def test_who_invites_whom(actor, role, status, bar, request):
    person = request.getfixturevalue(actor)

    answer = post(as_person(person), f"/bars/{bar.pk}/invitations", role=role)

    assert (answer.status_code, Invitation.objects.count()) == (status, int(status == 201))


def test_a_manager_does_not_revoke_an_owners_invitation(koffi, yao):
    told = post(as_person(yao), f"/bars/{yao.bar_id}/invitations", role="manager").json()

    answer = post(as_person(koffi), f"/bars/{koffi.bar_id}/invitations/{told['id']}/revoke")

    check_problem(answer, 403, "not_allowed")
    assert Invitation.objects.get().revoked_at is None


def test_revoking_is_asked_for_twice_and_done_once(koffi, code):
    close_by_hand(koffi)
    before = doors()

    close_by_hand(koffi)

    assert doors() == before


def test_a_used_invitation_is_not_revoked(koffi, issa, code):
    post(as_person(issa), "/invitations/accept", code=code)
    address = f"/bars/{koffi.bar_id}/invitations/{Invitation.objects.get().pk}/revoke"

    check_problem(post(as_person(koffi), address), 409, "invitation_used")


def test_another_bars_invitation_is_not_there(zoe, code):
    before = doors()

    for found in (Invitation.objects.get().pk, uuid.uuid4()):
        answer = post(as_person(zoe), f"/bars/{zoe.bar_id}/invitations/{found}/revoke")
        check_problem(answer, 404, "not_found")

    assert doors() == before


def test_the_list_shows_open_doors_and_no_code(koffi, issa, code):
    post(as_person(koffi), f"/bars/{koffi.bar_id}/invitations", role="waiter")
    post(as_person(issa), "/invitations/accept", code=code)

    listed = as_person(koffi).get(f"/api/v1/bars/{koffi.bar_id}/invitations").json()

    assert [set(one) for one in listed] == [{"id", "role", "created_by", "created_at", "expires_at"}]


def test_a_door_is_open_until_the_very_moment(koffi, issa):
    now, code = timezone.now(), new_code()
    door = invite(koffi, role=Member.Role.WAITER, code=code, at=now)

    member = accept(issa, code=code, at=door.expires_at - timedelta(microseconds=1))

    assert (door.expires_at, member.role) == (now + timedelta(days=7), "waiter")


def test_inviting_again_with_the_code_of_a_lost_answer_opens_one_door(koffi):
    now, code = timezone.now(), new_code()

    doors_made = {invite(koffi, role=Member.Role.WAITER, code=code, at=now).pk for _ in range(2)}

    assert len(doors_made) == Invitation.objects.count() == 1


def test_a_code_is_not_to_be_guessed():
    codes = {new_code() for _ in range(1000)}

    assert len(codes) == 1000
    assert set("".join(codes)) == {*ALPHABET, "-"}
    assert len(ALPHABET) ** 16 > 2**79
