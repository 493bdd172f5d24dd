"""Passwords are guessed at slowly, whoever guesses from wherever, and nobody else is kept out by it."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.db.models import F
from django.test import Client, RequestFactory
from django.utils import timezone

from bars.guesses import Guess
from bars.models import User
from bars.services.guessing import TooManyGuesses, place_of
from bars.tasks import forget_expired_sign_ins
from tests import factories

LIMIT = 10
A_TRY = timedelta(seconds=90)  # after which an account at an address may be tried once more


class CountingHasher(factories.QuickHasher):
    """Each encoding is a password that was looked at."""

    encoded = 0

    def encode(self, *args, **values):
        CountingHasher.encoded += 1
        return super().encode(*args, **values)


@pytest.fixture
def tried(settings):
    """How many passwords were looked at since."""
    settings.PASSWORD_HASHERS = ["tests.bars.test_guessing.CountingHasher"]
    CountingHasher.encoded = 0
    return lambda: CountingHasher.encoded


def guess(name, address="10.0.0.1", password="wrong"):
    try:
        return authenticate(RequestFactory(REMOTE_ADDR=address).post("/"), username=name, password=password)
    except TooManyGuesses:
        return "too many"


def page(client, name, password="wrong"):
    return client.post("/login/", {"username": name, "password": password})


def admin(client, name, password="wrong"):
    return client.post("/admin/login/", {"username": name, "password": password})


def api(client, name, password="wrong"):
    body = json.dumps({"username": name, "password": password})
    return client.post("/api/v1/auth/token", body, "application/json")


DOORS = pytest.mark.parametrize("door", [page, admin, api])
GUESSES = {
    "at one account from one address": (2000, lambda n: ("koffi", "10.0.0.1"), LIMIT),
    "at one account from everywhere": (300, lambda n: ("koffi", f"10.0.0.{n % 250}"), 5 * LIMIT),
    "at all accounts from one address": (300, lambda n: (f"name{n}", "10.0.0.1"), 10 * LIMIT),
    "from the addresses of one subscriber": (50, lambda n: ("koffi", f"2001:db8:1:2::{n}"), LIMIT),
}


@pytest.mark.parametrize(("count", "source", "most"), GUESSES.values(), ids=GUESSES)
def test_c05_of_thousands_of_guesses_few_are_tried(count, source, most, koffi, tried):
    answers = [guess(*source(n)) for n in range(count)]

    assert (tried(), answers.count("too many")) == (most, count - most)


def test_c05_without_the_limit_all_guesses_are_tried(koffi, tried, settings):
    """The control."""
    settings.SIGN_IN_LIMIT = 0

    assert [guess("koffi") for _ in range(50)] == [None] * 50
    assert (tried(), Guess.objects.count()) == (50, 0)


@DOORS
def test_c05_every_door_counts_with_the_others(door, koffi, tried, settings):
    others = [one for one in (page, admin, api) if one is not door]
    for n in range(LIMIT):
        others[n % 2](Client(), "koffi")

    answer = door(Client(), "koffi", factories.PASSWORD)

    assert (answer.status_code, tried()) == (429, LIMIT)


@DOORS
@pytest.mark.parametrize(("language", "words"), [("en", "wait 2 min"), ("fr", "patientez 2 min")])
def test_c05_who_guesses_is_told_to_wait_in_their_language(door, language, words, koffi):
    client = Client(headers={"Accept-Language": language})
    for _ in range(LIMIT):
        door(client, "koffi")

    answer = door(client, "koffi")

    assert (answer.status_code, answer["Retry-After"]) == (429, str(int(A_TRY.total_seconds())))
    assert words in answer.content.decode()


@DOORS
@pytest.mark.parametrize("tries", [1, LIMIT + 1], ids=["a wrong try", "a try too many"])
def test_c05_nobody_learns_whether_a_name_exists(door, tries, koffi, tried):
    """Suspended, unknown and known: the same words, and as much work."""
    User.objects.create(username="moved", password=factories.password_hash(), is_active=False)
    told, took = set(), set()
    for n, name in enumerate(("koffi", "nobody", "moved")):
        before = tried()
        answers = [door(Client(REMOTE_ADDR=f"10.0.{n}.1"), name) for _ in range(tries)]
        text = re.sub(r'(csrfmiddlewaretoken" value|request_id)"?[=:] ?"\w+"', "", answers[-1].content.decode())
        told.add((answers[-1].status_code, text.replace(name, "NAME")))
        took.add(tried() - before)

    assert len(told) == 1
    assert took == {min(tries, LIMIT)}


def test_c05_a_guesser_keeps_nobody_out_elsewhere_nor_others_beside_them(koffi, awa, tried):
    for _ in range(500):
        guess("koffi")

    assert guess("koffi", password=factories.PASSWORD) == "too many"
    assert guess("koffi", "10.0.0.2", factories.PASSWORD) == koffi.user
    assert guess("awa", password=factories.PASSWORD) == awa.user


def test_c05_a_device_known_to_the_account_gets_in_whatever_others_guess(koffi, awa, tried):
    known, hers, new = Client(), Client(), Client()
    page(known, "koffi", factories.PASSWORD)
    page(hers, "awa", factories.PASSWORD)
    for client in (known, hers):
        client.post("/logout/")
    for n in range(200):
        guess("koffi", f"127.0.{n % 20}.1")
        guess(f"name{n}", "127.0.0.1")

    answers = [page(client, "koffi", factories.PASSWORD).status_code for client in (known, hers, new)]

    assert answers == [302, 429, 429]


def test_c05_a_known_device_is_no_way_to_guess_more(koffi, tried):
    client = Client()
    page(client, "koffi", factories.PASSWORD)
    before = tried()

    answers = [api(client, "koffi").status_code for _ in range(LIMIT + 5)]

    assert (answers, tried() - before) == ([401] * LIMIT + [429] * 5, LIMIT)


@pytest.mark.parametrize("cookie", ["", "x", "x:y:z", "\0", '["device", "koffi"]'])
def test_c05_a_device_is_known_by_what_we_have_signed(cookie, koffi):
    for _ in range(LIMIT):
        guess("koffi", "127.0.0.1")
    client = Client()
    client.cookies["device"] = cookie

    assert page(client, "koffi", factories.PASSWORD).status_code == 429


@pytest.mark.parametrize(("days", "status"), [(179, 302), (181, 429)])
def test_c05_a_device_is_forgotten_after_half_a_year(days, status, koffi):
    client = Client()
    page(client, "koffi", factories.PASSWORD)
    client.post("/logout/")
    for _ in range(LIMIT):
        guess("koffi", "127.0.0.1")

    with time_machine.travel(timezone.now() + timedelta(days=days)):
        assert page(client, "koffi", factories.PASSWORD).status_code == status


def test_a_till_is_known_to_all_who_sign_in_at_it(koffi, awa, yao):
    client = Client()
    for one in (koffi, awa, yao):
        page(client, one.user.username, factories.PASSWORD)
        client.post("/logout/")
    for n in range(60):
        guess("koffi", f"127.0.{n}.1")

    assert page(client, "koffi", factories.PASSWORD).status_code == 302
    assert "koffi" not in client.cookies["device"].value


def test_a_right_password_costs_nothing(koffi):
    assert [guess("koffi", password=factories.PASSWORD) for _ in range(3 * LIMIT)] == [koffi.user] * 3 * LIMIT


def test_time_gives_back_one_try_after_another(koffi, tried):
    for _ in range(LIMIT):
        guess("koffi")

    answers = []
    for passed in (A_TRY / 2, A_TRY / 2, timedelta(), 2 * A_TRY):
        Guess.objects.update(free_at=F("free_at") - passed)
        answers.append(guess("koffi"))

    assert answers == ["too many", None, "too many", None]


def test_paid_debts_are_forgotten_and_no_others(koffi):
    guess("koffi")
    guess("awa", "10.0.0.2")
    owed = set(Guess.objects.values_list("key", flat=True))
    Guess.objects.create(key="paid", free_at=timezone.now() - timedelta(seconds=1))

    assert (forget_expired_sign_ins(), set(Guess.objects.values_list("key", flat=True))) == (1, owed)


def test_what_is_kept_of_a_guess_names_nobody(koffi):
    guess("koffi", "10.0.0.77")

    kept = str(list(Guess.objects.values_list()))

    assert Guess.objects.count() == 3
    assert [word for word in ("koffi", "10.0.0.77", str(koffi.user_id)) if word in kept] == []


PLACES = [
    ("10.0.0.1", "10.0.0.1"),
    ("::ffff:10.0.0.1", "10.0.0.1"),
    ("2001:db8:1:2:3::4", place_of("2001:db8:1:2::9")),
    ("", ""),
    ("testserver", "testserver"),
]


@pytest.mark.parametrize(("address", "place"), PLACES)
def test_a_subscriber_is_one_place(address, place):
    assert place_of(address) == place
    assert place_of("2001:db8:1:2::1") != place_of("2001:db8:1:3::1")
