"""The cast of every test: Awa serves, Koffi manages, Yao owns; Zoé is from another bar."""

import uuid

import pytest
from django.conf import settings
from django.test import Client, TransactionTestCase, override_settings

from tests import emptying, factories

pytest_plugins = ["tests.stack"]
TransactionTestCase._fixture_teardown = lambda self: emptying.empty()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """Argon2 is slow on purpose; the servers under test know this hash too."""
    with override_settings(PASSWORD_HASHERS=["tests.factories.QuickHasher", *settings.PASSWORD_HASHERS]):
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
