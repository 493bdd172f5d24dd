"""The cast of every test: Awa serves, Koffi manages, Yao owns; Zoé is from another bar."""

import pytest
from django.test import TransactionTestCase

from tests import emptying, factories

pytest_plugins = ["tests.stack"]
TransactionTestCase._fixture_teardown = lambda self: emptying.empty()


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
