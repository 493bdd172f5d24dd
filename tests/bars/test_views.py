import pytest

from bars.bell import bell_of
from bars.models import Member
from bars.visitors import Visitor
from realtime.notifications import notify
from tests import factories
from tests.realtime.test_chat import team, write


def test_without_a_session_every_page_leads_to_the_login(client, bar):
    for path in (
        "/bars/",
        f"/bars/{bar.pk}/till",
        f"/bars/{bar.pk}/tonight",
        f"/bars/{bar.pk}/sales",
        f"/bars/{bar.pk}/chat",
        "/operator/",
    ):
        response = client.get(path)

        assert (response.status_code, response["Location"]) == (302, f"/login/?next={path}")


def test_the_right_password_leads_to_the_bars(client, koffi):
    response = client.post("/login/", {"username": "koffi", "password": factories.PASSWORD})

    assert (response.status_code, response["Location"]) == (302, "/bars/")


def test_a_wrong_password_says_so_and_signs_nobody_in(client, koffi):
    response = client.post("/login/", {"username": "koffi", "password": "une-biere-tiede"})

    assert "Nom d’utilisateur ou mot de passe incorrect." in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_person_sees_their_own_bars_only(client, koffi, other_bar):
    client.force_login(koffi.user)

    page = client.get("/bars/").content.decode()

    assert ("Chez Yao" in page, other_bar.name in page) == (True, False)


PAGES = ("till", "tonight", "sales", "chat")
ALLOWED = {
    "yao": (200, 200, 200, 200),
    "koffi": (200, 200, 200, 200),
    "awa": (200, 403, 200, 200),
    "zoe": (404, 404, 404, 404),
}


@pytest.mark.django_db
@pytest.mark.parametrize("person", ALLOWED)
def test_pages_open_by_role_and_never_for_a_stranger(request, client, bar, beer, person):
    client.force_login(request.getfixturevalue(person).user)

    assert tuple(client.get(f"/bars/{bar.pk}/{page}").status_code for page in PAGES) == ALLOWED[person]


def test_a_waiter_does_not_sell_in_a_simplified_bar(client, bar, awa, beer):
    bar.mode = bar.Mode.SIMPLIFIED
    bar.save()
    client.force_login(awa.user)

    assert client.get(f"/bars/{bar.pk}/till").status_code == 403


def test_c40_pages_forbid_inline_code_and_frames(client, bar, koffi, beer):
    client.force_login(koffi.user)

    for path in (
        "/bars/",
        f"/bars/{bar.pk}/till",
        f"/bars/{bar.pk}/tonight",
        f"/bars/{bar.pk}/sales",
        f"/bars/{bar.pk}/chat",
    ):
        response = client.get(path)
        page = response.content.decode()

        policy = response["Content-Security-Policy"]
        assert ("unsafe" in policy, "frame-ancestors 'none'" in policy) == (False, True)
        assert [mark for mark in (" style=", " onclick=", "<style") if mark in page] == []


@pytest.mark.parametrize(("told", "shown"), [(1, "1"), (9, "9"), (10, "9+")])
def test_the_bell_is_drawn_with_its_number(told, shown, client, bar, koffi):
    for subject in range(told):
        notify(f"bar.{bar.pk}", "supplies", "stock_low", subject=str(subject))
    client.force_login(koffi.user)

    page = client.get("/bars/").content.decode()

    assert f'<span class="bell-count" data-count >{shown}</span>' in page


def test_the_bell_of_a_waiter_is_silent_about_stock(client, bar, awa):
    notify(f"bar.{bar.pk}", "supplies", "stock_low", subject="flag")
    client.force_login(awa.user)

    page = client.get("/bars/").content.decode()

    assert '<span class="bell-count" data-count hidden>0</span>' in page


def test_the_tab_of_the_chat_is_drawn_with_its_number(client, bar, other_bar, awa, koffi):
    """Of this bar and of colleagues, not of another bar's team."""
    Member.objects.create(bar=other_bar, user=awa.user, role="waiter")
    neighbour = factories.member(other_bar, "neighbour", "waiter")
    for who, conversation in ((koffi, team(bar)), (neighbour, team(other_bar))):
        assert write(who, conversation, "Bonsoir").status_code == 201
    client.force_login(awa.user)
    hers = client.get(f"/bars/{bar.pk}/sales").content.decode()
    client.force_login(koffi.user)
    his = client.get(f"/bars/{bar.pk}/sales").content.decode()

    assert '<chat-count class="tab-count" >1</chat-count>' in hers
    assert '<chat-count class="tab-count" hidden>0</chat-count>' in his


@pytest.mark.parametrize("bars", [1, 3])
def test_the_bell_costs_the_same_however_many_bars(bars, koffi, django_assert_num_queries):
    for name in range(1, bars):
        Member.objects.create(bar=factories.bar(f"Bar {name}"), user=koffi.user, role="manager")

    with django_assert_num_queries(2):  # the bars; the number with the heads
        found = bell_of(Visitor(koffi.user), koffi.bar)["follows"]

    assert len(found["bars"]) == bars
    assert set(found["streams"]) == {f"bar.{koffi.bar_id}", f"user.{koffi.user_id}", "everyone"}


def test_a_page_of_no_bar_follows_none(koffi):
    """Who looks at their list of bars is in none of them, and takes nobody's place."""
    assert set(bell_of(Visitor(koffi.user), None)["follows"]["streams"]) == {f"user.{koffi.user_id}", "everyone"}


def test_the_chat_names_this_bars_people_and_no_one_elses(client, bar, koffi, awa, zoe):
    client.force_login(koffi.user)

    page = client.get(f"/bars/{bar.pk}/chat").content.decode()

    assert ("Awa" in page, "Zoe" in page or str(zoe.user_id) in page) == (True, False)
