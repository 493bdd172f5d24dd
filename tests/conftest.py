"""The cast of every test: Awa serves, Koffi manages, Yao owns; Zoé is from another bar."""

import uuid

import pytest
from django.conf import settings
from django.test import Client, TransactionTestCase, override_settings
from django.utils.translation import override
from whitenoise.middleware import WhiteNoiseMiddleware

from tests import canaries, documented, emptying, factories
from tests.world import lasting

pytest_plugins = ["tests.stack"]
TransactionTestCase._fixture_teardown = lambda self: emptying.empty()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """Argon2 is slow on purpose; the servers under test know this hash too."""
    with override_settings(PASSWORD_HASHERS=["tests.factories.QuickHasher", *settings.PASSWORD_HASHERS]):
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_are_found_once():
    """WhiteNoise looks for all of them for each client that a test makes, which takes longer than most tests."""
    find, found = WhiteNoiseMiddleware.add_files_from_finders, {}

    def find_once(middleware):
        if not found:
            find(middleware)
            found.update(middleware.files)
        middleware.files.update(found)

    WhiteNoiseMiddleware.add_files_from_finders = find_once
    yield
    WhiteNoiseMiddleware.add_files_from_finders = find


@pytest.fixture(scope="session", autouse=True)
def answers_are_documented():
    """Whatever the API answers in any test stands in its OpenAPI file."""
    with documented.checking():
        yield


@pytest.fixture(scope="session", autouse=True)
def nobody_is_told_of_another_bar(answers_are_documented):
    """Whatever is answered in any test is read for words of bars that aren't the asker's."""
    with canaries.watching():
        yield


@pytest.fixture(autouse=True)
def the_language_of_the_site():
    """A request leaves its language behind in the thread that asks: the next test begins with the site's own."""
    with override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def english(the_language_of_the_site):
    """For tests that read sentences which no request asked for."""
    with override("en"):
        yield


@pytest.fixture
def bar(db):
    return factories.bar(name="Chez Yao")


@pytest.fixture
def other_bar(db):
    return factories.bar(name="Le Maquis de Zoé")


@pytest.fixture
def awa(bar):
    return factories.member(bar, "awa", "waiter")


@pytest.fixture
def koffi(bar):
    return factories.member(bar, "koffi", "manager")


@pytest.fixture
def yao(bar):
    return factories.member(bar, "yao", "owner")


@pytest.fixture
def zoe(other_bar):
    return factories.member(other_bar, "zoe", "owner")


@pytest.fixture
def operator(db):
    return factories.user("operator", is_superuser=True, is_staff=True)


@pytest.fixture
def beer(bar):
    return factories.product(bar, "Beaufort", price=1000, stock=24)


@pytest.fixture
def coke(bar):
    return factories.product(bar, "Coca", price=500, stock=12)


@pytest.fixture
def till(koffi):
    """Koffi's till, by bearer token."""
    client = Client(headers=factories.bearer(koffi))
    client.address = f"/api/v1/bars/{koffi.bar_id}/sales"
    return client


@pytest.fixture
def order(beer):
    """A good order, as the dict that the till sends."""
    return {"key": str(uuid.uuid4()), "lines": [{"product": str(beer.pk), "quantity": 1}]}


@pytest.fixture(scope="module")
def lasting_world(django_db_setup, django_db_blocker):
    with lasting(django_db_blocker) as made:
        yield made


@pytest.fixture
def world(lasting_world, db):
    """Two bars with all their people; what a test makes of them is undone after it."""
    casts = [lasting_world.ours, lasting_world.theirs]
    things = [dict(cast.things) for cast in casts]
    yield lasting_world
    for cast, made in zip(casts, things, strict=True):
        cast.things = made
