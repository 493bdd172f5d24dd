import pytest

from tests import factories


def test_without_a_session_every_page_leads_to_the_login(client, bar):
    for path in ("/bars/", f"/bars/{bar.pk}/till", f"/bars/{bar.pk}/tonight", f"/bars/{bar.pk}/sales", "/operator/"):
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


PAGES = ("till", "tonight", "sales")
ALLOWED = {"yao": (200, 200, 200), "koffi": (200, 200, 200), "awa": (200, 403, 200), "zoe": (404, 404, 404)}


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

    for path in ("/bars/", f"/bars/{bar.pk}/till", f"/bars/{bar.pk}/tonight", f"/bars/{bar.pk}/sales"):
        response = client.get(path)
        page = response.content.decode()

        policy = response["Content-Security-Policy"]
        assert ("unsafe" in policy, "frame-ancestors 'none'" in policy) == (False, True)
        assert [mark for mark in (" style=", " onclick=", "<style") if mark in page] == []
