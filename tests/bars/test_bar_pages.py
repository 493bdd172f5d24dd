"""The pages of people: their bars, their account, the team and the settings of a bar, joining one, and help."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bars.countries import WAEMU, countries, currencies, zones
from bars.models import Bar, Member
from bars.money import CURRENCIES
from bars.schemas.settings import ZONES
from bars.services.invitations import invite, new_code, revoke
from realtime.notifications import notify
from tests import factories
from tests.realtime.test_chat import team, write


@pytest.fixture
def as_person(client):
    def page(member, path, status=200):
        client.force_login(getattr(member, "user", member))
        answer = client.get(path if path.startswith("/") else f"/bars/{member.bar_id}/{path}")
        assert answer.status_code == status
        return answer.content.decode()

    return page


def verbs(page, pk):
    """The sheets that open for a member of the team."""
    return [
        name for name in ("role", "rename", "away", "back") if f'data-opens="{name}" data-fill=\'{{"id": "{pk}"' in page
    ]


# The team


def test_each_sees_whom_they_may_change_and_nobody_themselves(as_person, yao, koffi, awa):
    by_owner, by_manager = as_person(yao, "team"), as_person(koffi, "team")

    assert [verbs(by_owner, one.pk) for one in (yao, koffi, awa)] == [[], ["role", "away"], ["role", "away"]]
    assert [verbs(by_manager, one.pk) for one in (yao, koffi, awa)] == [[], [], ["away"]]
    assert ['value="owner"' in page for page in (by_owner, by_manager)] == [True, False]


def test_who_has_left_can_be_taken_back(as_person, yao, awa):
    Member.objects.filter(pk=awa.pk).update(is_active=False)

    assert verbs(as_person(yao, "team"), awa.pk) == ["back"]


def test_open_invitations_are_listed_without_their_code(as_person, koffi, yao):
    code = new_code()
    mine = invite(koffi, role=Member.Role.WAITER, code=code, at=timezone.now())
    invite(yao, role=Member.Role.OWNER, code=new_code(), at=timezone.now())

    page = as_person(koffi, "team")

    assert page.count('data-opens="revoke"') == 1
    assert str(mine.pk) in page
    assert code not in page


def cost_of(client, path):
    with CaptureQueriesContext(connection) as ran:
        assert client.get(path).status_code == 200
    return len(ran)


def test_the_team_costs_the_same_however_many(client, yao, bar):
    client.force_login(yao.user)
    costs = []
    for number in range(3):
        factories.member(bar, f"waiter{number}", "waiter")
        invite(yao, role=Member.Role.WAITER, code=new_code(), at=timezone.now())
        costs.append(cost_of(client, f"/bars/{bar.pk}/team"))

    assert costs == [costs[0]] * 3


# Settings and account


def test_settings_show_the_bar_as_it_is(as_person, yao, bar):
    Bar.objects.filter(pk=bar.pk).update(discount_limit=17, phone="+225 07", mode="simplified")

    page = as_person(yao, "settings")

    assert ['value="17"' in page, 'value="+225 07"' in page] == [True, True]
    assert 'value="simplified" checked' in page
    assert '<option value="XOF" selected>' in page


def test_an_account_is_ones_own(as_person, koffi, awa):
    assert ["Awa · awa" in as_person(who, "/account/") for who in (koffi, awa)] == [False, True]


# Joining


@pytest.fixture
def code(koffi):
    told = new_code()
    invite(koffi, role=Member.Role.WAITER, code=told, at=timezone.now())
    return told


def test_an_invitation_says_whose_it_is_and_asks_for_an_account(client, koffi, code):
    answer = client.get(f"/join/{code}")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert ["Chez Yao" in page, "Koffi vous invite" in page] == [True, True]
    assert ["/invitations/join" in page, "/invitations/accept" in page] == [True, False]


def test_who_is_signed_in_joins_with_one_tap(as_person, zoe, code):
    page = as_person(zoe, f"/join/{code}")

    assert ["/invitations/join" in page, "/invitations/accept" in page] == [False, True]


def test_links_that_open_nothing_look_alike(client, koffi, code):
    invitation = koffi.bar.invitations.get()
    revoke(koffi, invitation_id=invitation.pk, at=timezone.now())

    answers = [client.get(f"/join/{one}") for one in (code, new_code())]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert ["Chez Yao" in answer.content.decode() for answer in answers] == [False, False]
    assert ["Ce lien n’ouvre rien" in answer.content.decode() for answer in answers] == [True, True]


# My bars, and a new one


def test_my_bars_say_what_waits_in_each(as_person, awa, koffi, other_bar):
    Member.objects.create(bar=other_bar, user=koffi.user, role="manager")
    notify(f"bar.{koffi.bar_id}", "supplies", "stock_low", subject="flag")
    assert write(awa, team(koffi.bar), "Bonsoir").status_code == 201

    page = as_person(koffi, "/bars/")

    assert [page.count(text) for text in ("1 chose à voir", "1 message")] == [1, 1]
    assert "Chez Yao" in page


def test_my_bars_cost_the_same_however_many(client, koffi):
    client.force_login(koffi.user)
    costs = []
    for number in range(3):
        Member.objects.create(bar=factories.bar(f"Bar {number}"), user=koffi.user, role="manager")
        costs.append(cost_of(client, "/bars/"))

    assert costs == [costs[0]] * 3


def test_a_bar_is_offered_to_who_may_open_one(as_person, yao, awa):
    issa = factories.user("issa")

    assert ["/bars/new" in as_person(who, "/bars/") for who in (yao, awa, issa)] == [True, False, True]
    assert "countries" not in as_person(awa, "/bars/new", status=403)


def test_the_first_countries_are_those_of_our_bars_with_one_currency():
    first = countries("fr")[: len(WAEMU)]

    assert {one.code for one in first} == set(WAEMU)
    assert {one.currency for one in first} == {"XOF"}
    assert (first[0].name, first[0].zone) == ("Côte d’Ivoire", "Africa/Abidjan")
    assert countries("en")[2].name == "Benin"


def test_what_is_proposed_can_be_chosen_and_is_taken_by_the_api():
    proposed = countries("fr")

    assert {one.currency for one in proposed} <= {code for code, _ in currencies("fr")} <= CURRENCIES
    assert {one.zone for one in proposed} <= set(zones()) <= ZONES
    assert len(proposed) > 200


# Help


@pytest.mark.parametrize(("language", "words"), [("fr", "Que veut dire le point"), ("en", "What does the dot say?")])
def test_help_is_for_everybody(language, words, client, db):
    answer = client.get("/help/", headers={"Accept-Language": language})

    assert (answer.status_code, words in answer.content.decode()) == (200, True)


def test_the_help_of_a_bar_names_who_can_be_called(as_person, awa, koffi, yao, zoe):
    page = as_person(awa, "help")

    assert ["Koffi" in page, "Yao" in page, "Zoe" in page] == [True, True, False]
