"""The cast of every test: Awa serves, Koffi manages, Yao owns; Zoé is from another bar."""

import os

# Each worker has its own channels in the one Valkey. Before anything reads the settings.
os.environ["REDIS_PREFIX"] = f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
os.environ.setdefault("WHITENOISE_USE_FINDERS", "1")

import pytest  # noqa: E402

from tests import factories  # noqa: E402

pytest_plugins = ["tests.stack"]


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
