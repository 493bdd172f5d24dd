"""A database that is away behind a page: told as such, on a page that doesn't need it."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from django.db import DataError, InterfaceError, OperationalError, connection
from django.test import Client

from tests.books import books
from tests.realtime.follower import cookie_of

AWAY = [OperationalError("terminating connection: /srv/secret"), InterfaceError("connection already closed")]


@pytest.fixture
def page(koffi, beer):
    client = Client()
    client.force_login(koffi.user)
    client.address = f"/bars/{koffi.bar_id}/till"
    return client


@pytest.fixture
def fail(monkeypatch):
    def fail_with(error):
        def raise_it(*args, **options):
            raise error

        monkeypatch.setattr("sales.views.till.membership", raise_it)
        monkeypatch.setattr("django.contrib.auth.middleware.get_user", raise_it)  # a template that asks fails again

    return fail_with


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_a_database_that_is_away_is_a_page_of_its_own(error, page, fail):
    before = books()
    fail(error)

    answer = page.get(page.address)

    assert (answer.status_code, answer["Retry-After"], books()) == (503, "5", before)
    assert "Nous revenons tout de suite" in answer.content.decode()
    assert "secret" not in answer.content.decode()


def test_what_cannot_be_stored_is_a_page_too(page, monkeypatch):
    def fail(*args, **options):
        raise DataError("NUL")

    monkeypatch.setattr("sales.views.till.membership", fail)

    assert page.get(page.address).status_code == 400


def test_a_database_that_has_restarted_costs_nobody_a_page(stack, koffi, beer):
    address = f"/bars/{koffi.bar_id}/till"
    browser = httpx.Client(base_url=stack.url, headers=cookie_of(koffi), timeout=60)
    with browser, ThreadPoolExecutor() as crowd:
        before = list(crowd.map(lambda _: browser.get(address).status_code, range(40)))  # each thread has its session
        ended = end_web_sessions()
        after = [browser.get(address).status_code for _ in range(40)]

    assert ended > 1
    assert {*before, *after} == {200}


def end_web_sessions():
    """How many there were. Every session on this database but ours and the relay's, which listens."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND query NOT ILIKE '%listen%'
            """
        )
        return len(cursor.fetchall())
