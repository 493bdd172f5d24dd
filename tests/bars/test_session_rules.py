"""A session begins anew with who signs in, ends with a shift or with two hours of nothing, and no script reads it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bars.auth import identities_of_sessions
from bars.models import Session
from bars.sessions import BEGAN, SessionStore
from tests import factories

IDLE, WHOLE = timedelta(hours=2), timedelta(hours=12)
NEARLY = timedelta(minutes=1)  # that a test may take


def sign_in(client, person):
    client.post("/login/", {"username": person.user.username, "password": factories.PASSWORD})
    return client.session.session_key


@pytest.fixture
def browser(koffi):
    client = Client()
    sign_in(client, koffi)
    return client


def age(key, **passed):
    """As if so much time had gone by since the session was last written."""
    row, store = Session.objects.get(pk=key), SessionStore(key)
    data = store.load() | {BEGAN: store[BEGAN] - timedelta(**passed).total_seconds()}
    Session.objects.filter(pk=key).update(
        session_data=store.encode(data), expire_date=row.expire_date - timedelta(**passed)
    )


def left(key):
    return Session.objects.get(pk=key).expire_date - timezone.now()


def is_signed_in(client):
    return client.get("/api/v1/bars").status_code == 200


def by_request(client):
    return is_signed_in(client)


def by_live_page(client):
    return identities_of_sessions([client.cookies["sessionid"].value]) != [None]


WAYS = pytest.mark.parametrize("use", [by_request, by_live_page])


def test_c02_who_signs_in_gets_another_key_and_the_one_before_opens_nothing(koffi, client):
    planted = SessionStore()
    planted["seen"] = True
    planted.save()
    client.cookies["sessionid"] = planted.session_key

    key = sign_in(client, koffi)

    assert key != planted.session_key
    assert is_signed_in(client)
    attacker = Client()
    attacker.cookies["sessionid"] = planted.session_key
    assert not is_signed_in(attacker)
    assert not Session.objects.filter(pk=planted.session_key).exists()


@WAYS
def test_c02_two_hours_of_nothing_end_a_session(use, browser):
    age(browser.session.session_key, hours=2, seconds=1)

    assert not use(browser)


@WAYS
def test_c02_a_session_that_is_used_goes_on(use, browser):
    key = browser.session.session_key
    for _ in range(5):
        age(key, minutes=100)
        assert use(browser)
        assert IDLE - NEARLY < left(key) <= IDLE


@WAYS
def test_c02_however_used_a_session_ends_after_twelve_hours(use, browser):
    key = browser.session.session_key
    for _ in range(11):
        age(key, hours=1)
        assert use(browser)
    assert timedelta(hours=1) - NEARLY < left(key) <= timedelta(hours=1)

    age(key, hours=1)

    assert not use(browser)


def test_c02_saving_a_session_makes_it_no_younger(browser):
    key = browser.session.session_key
    for _ in range(7):
        age(key, minutes=100)
        store = SessionStore(key)
        store["seen"] = True
        store.save()

    assert left(key) < WHOLE - 7 * timedelta(minutes=100)


@WAYS
def test_a_session_is_written_once_in_ten_minutes(use, browser):
    key = browser.session.session_key
    age(key, minutes=9)
    before = left(key)
    use(browser)
    assert left(key) <= before

    age(key, minutes=2)
    use(browser)
    assert left(key) > before


def test_a_session_from_before_this_rule_keeps_its_end(browser):
    key = browser.session.session_key
    store, ends = SessionStore(key), timezone.now() + timedelta(minutes=30)
    data = {name: value for name, value in store.load().items() if name != BEGAN}
    Session.objects.filter(pk=key).update(session_data=store.encode(data), expire_date=ends)

    assert is_signed_in(browser)
    assert Session.objects.get(pk=key).expire_date == ends


def test_c02_cookies_are_closed_to_scripts_and_other_sites(koffi, settings):
    """But for the token of the forms, which pages read, and which opens nothing by itself."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = Client()
    client.get("/login/")
    sign_in(client, koffi)

    told = {name: (bool(one["secure"]), bool(one["httponly"]), one["samesite"]) for name, one in client.cookies.items()}

    assert told == {
        "sessionid": (True, True, "Lax"),
        "device": (True, True, "Lax"),
        "csrftoken": (True, False, "Lax"),
    }
