"""Who is let in by the API: names, tokens, cookies, and forged requests."""

import json

import pytest
from django.test import Client

from bars.auth import identity_of_token
from bars.models import AccessToken, User
from sales.models import Sale
from tests import factories
from tests.books import books
from tests.config.problems import check_problem, post

CREDENTIALS = {
    "NUL in the name": ({"username": "koffi\0", "password": "x"}, 400),
    "NUL in the password": ({"username": "koffi", "password": "x\0"}, 401),
    "half a character as name": ({"username": "\ud800", "password": "x"}, 400),
    "half a character as password": ({"username": "koffi", "password": "\ud800"}, 400),
    "half a character as password of nobody": ({"username": "nobody", "password": "\ud800"}, 400),
    "a wrong password": ({"username": "koffi", "password": "wrong"}, 401),
    "an unknown name": ({"username": "nobody", "password": factories.PASSWORD}, 401),
    "another case": ({"username": "KOFFI", "password": factories.PASSWORD}, 401),
    "an empty password": ({"username": "koffi", "password": ""}, 401),
    "an empty name": ({"username": "", "password": ""}, 401),
    "a name too long": ({"username": "k" * 151, "password": "x"}, 400),
    "a password too long": ({"username": "koffi", "password": "x" * 129}, 400),
    "a number": ({"username": 1, "password": "x"}, 400),
    "no password": ({"username": "koffi"}, 400),
    "a list": ([], 400),
}


@pytest.mark.parametrize(("body", "status"), CREDENTIALS.values(), ids=CREDENTIALS)
def test_c05_a_wrong_name_and_a_wrong_password_look_alike(body, status, koffi):
    answer = Client().post("/api/v1/auth/token", json.dumps(body), "application/json")

    problem = check_problem(answer, status, "wrong_credentials" if status == 401 else "invalid")
    if status == 401:
        assert problem["detail"] == "The name or the password is wrong."


def test_a_suspended_person_gets_no_token(koffi):
    User.objects.filter(pk=koffi.user_id).update(is_active=False)
    body = {"username": "koffi", "password": factories.PASSWORD}

    answer = Client().post("/api/v1/auth/token", json.dumps(body), "application/json")

    check_problem(answer, 401, "wrong_credentials")


def test_a_token_opens_what_its_owner_may_see_until_it_is_revoked(koffi):
    body = {"username": "koffi", "password": factories.PASSWORD}
    told = Client().post("/api/v1/auth/token", json.dumps(body), "application/json").json()
    client = Client(headers={"Authorization": f"Bearer {told['token']}"})
    before = client.get("/api/v1/bars")

    AccessToken.objects.filter(user=koffi.user).delete()
    after = client.get("/api/v1/bars")

    assert [bar["id"] for bar in before.json()] == [str(koffi.bar_id)]
    check_problem(after, 401, "sign_in")


def test_another_password_ends_every_token(koffi, awa):
    mine, hers = [Client(headers=factories.bearer(one)) for one in (koffi, awa)]
    before = [one.get("/api/v1/bars").status_code for one in (mine, hers)]

    koffi.user.set_password("autre-biere")
    koffi.user.save()
    after = [one.get("/api/v1/bars").status_code for one in (mine, hers)]

    assert (before, after) == ([200, 200], [401, 200])


def test_a_token_is_looked_up_with_its_password_in_one_query(koffi, django_assert_num_queries):
    token = factories.token(koffi)

    with django_assert_num_queries(1):
        assert identity_of_token(token).user == koffi.user


def test_f41_another_secret_key_ends_a_token_unless_it_is_kept_as_a_fallback(koffi, settings):
    token, before = factories.token(koffi), settings.SECRET_KEY

    settings.SECRET_KEY = "another-" * 8
    forgotten = identity_of_token(token)
    settings.SECRET_KEY_FALLBACKS = [before]

    assert (forgotten, identity_of_token(token).user) == (None, koffi.user)


def test_a_cookie_with_nul_is_nobodys(bar):
    """Quoted, a cookie may spell it; Postgres can't look it up."""
    client = Client()
    client.cookies["sessionid"] = "\0" * 32

    page, answer = client.get(f"/bars/{bar.pk}/till"), client.get(f"/api/v1/bars/{bar.pk}")

    assert (page.status_code, answer.status_code) == (400, 400)


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer \x7f", "Basic a29mZmk6eA==", "bearer  x", "Token x", "Bearer é"]
)
def test_a_strange_authorization_is_nobody(header, bar):
    answer = Client().get(f"/api/v1/bars/{bar.pk}", headers={"Authorization": header})

    check_problem(answer, 401, "sign_in")


class TestForgery:
    """A session needs the page's token for what it changes; a bearer token is never sent by itself."""

    @pytest.fixture
    def browser(self, koffi):
        client = Client(enforce_csrf_checks=True)
        client.force_login(koffi.user)
        client.address = f"/api/v1/bars/{koffi.bar_id}/sales"
        return client

    def test_c04_a_forged_post_is_refused_and_sells_nothing(self, browser, order):
        before = books()

        check_problem(post(browser, order), 403, "csrf")

        assert books() == before

    def test_a_made_up_token_is_refused(self, browser, order):
        answer = browser.post(browser.address, json.dumps(order), "application/json", headers={"X-CSRFToken": "a" * 64})

        check_problem(answer, 403, "csrf")
        assert Sale.objects.count() == 0

    def test_the_pages_token_lets_it_pass(self, browser, order):
        browser.get("/bars/")
        page = browser.get(browser.address.replace("/api/v1", "").replace("sales", "till"))
        token = page.cookies["csrftoken"].value if "csrftoken" in page.cookies else browser.cookies["csrftoken"].value

        answer = browser.post(browser.address, json.dumps(order), "application/json", headers={"X-CSRFToken": token})

        assert (answer.status_code, Sale.objects.count()) == (201, 1)

    def test_c04_another_sites_post_is_refused_even_with_the_token(self, browser, order):
        browser.get(browser.address.replace("/api/v1", "").replace("sales", "till"))
        token = browser.cookies["csrftoken"].value

        answer = browser.post(
            browser.address,
            json.dumps(order),
            "application/json",
            headers={"X-CSRFToken": token, "Origin": "http://evil.example"},
        )

        check_problem(answer, 403, "csrf")
        assert Sale.objects.count() == 0

    def test_a_bearer_token_needs_none(self, koffi, order):
        client = Client(enforce_csrf_checks=True, headers=factories.bearer(koffi))
        client.address = f"/api/v1/bars/{koffi.bar_id}/sales"

        assert post(client, order).status_code == 201

    def test_a_wrong_bearer_token_does_not_fall_back_to_the_cookie(self, browser):
        answer = browser.get(browser.address, headers={"Authorization": "Bearer wrong"})

        check_problem(answer, 401, "sign_in")

    def test_nobody_else_may_read_an_answer(self, browser):
        answer = browser.get(browser.address, headers={"Origin": "http://evil.example"})

        assert [name for name in answer.headers if name.lower().startswith("access-control")] == []
