"""F26: somebody sets the clock of a server while it serves. The books go by the database's clock."""

import os
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest
from django.db import connection

from realtime import clock
from sales.models import Sale
from tests import factories
from tests.faults.clocks import WrongClock
from tests.faults.webs import Till, until, web_beside
from tests.realtime.follower import Follower, cookie_of, sub

pytestmark = pytest.mark.django_db(transaction=True)

# More than a session lasts, or a live connection before it is sent to another process.
AHEAD, BEHIND = 13, -13
A_MOMENT = timedelta(seconds=10)
ASK = """
import django; django.setup()
from datetime import UTC, datetime
from django.db import connection
from realtime import clock
connection.ensure_connection()
print(clock.now().isoformat(), datetime.now(UTC).isoformat())
"""


@pytest.fixture
def wrong(tmp_path):
    return WrongClock(tmp_path)


@pytest.fixture
def web(stack, wrong, tmp_path):
    with web_beside(stack, tmp_path, **wrong.environment) as web:
        yield web


def clock_of(web):
    """What the server's machine takes for now, as each answer tells."""
    return parsedate_to_datetime(httpx.get(f"{web.url}/healthz").headers["Date"])


def is_set(web, hours):
    return abs(clock_of(web) - datetime.now(UTC) - timedelta(hours=hours)) < A_MOMENT


def set_to(web, wrong, hours):
    wrong.set(hours)
    until(lambda: is_set(web, hours))


@pytest.mark.parametrize("hours", [AHEAD, BEHIND])
def test_f26_a_sale_is_dated_by_the_database(web, wrong, koffi, beer, hours):
    set_to(web, wrong, hours)
    with Till(web, koffi, beer) as till:
        answer = till.sell()

    sale = Sale.objects.get()
    assert (answer.status_code, sale.status) == (201, "validated")
    assert abs(sale.occurred_at - sale.received_at) < A_MOMENT


@pytest.mark.parametrize("hours", [AHEAD, BEHIND])
def test_f26_a_sale_of_a_phone_whose_clock_is_right_needs_no_review(web, wrong, koffi, beer, hours):
    set_to(web, wrong, hours)
    sold_at = datetime.now(UTC) - timedelta(minutes=1)
    lines = [{"product": str(beer.pk), "quantity": 1}]
    kept = {"key": str(uuid.uuid4()), "lines": lines, "sold_at": sold_at.isoformat()}
    address = f"{web.url}/api/v1/bars/{koffi.bar_id}/sales/batch"
    answer = httpx.post(address, headers=factories.bearer(koffi), json={"sales": [kept]})

    sale = Sale.objects.get()
    assert (answer.status_code, sale.status, sale.origin) == (200, "validated", "offline")
    assert sale.occurred_at == sold_at


def test_f26_nobody_is_signed_out_and_every_sale_is_heard_once_in_its_order(web, wrong, koffi, beer):
    stream, sold = f"bar.{koffi.bar_id}", []
    browser = httpx.Client(base_url=web.url, headers=cookie_of(koffi))
    with browser, Follower(web, koffi) as page, Till(web, koffi, beer) as till:
        page.hello(sub(stream, "sales"))
        for hours in (AHEAD, BEHIND, 0, BEHIND, AHEAD):
            set_to(web, wrong, hours)
            sold += [till.sell().json()["id"] for _ in range(4)]
            assert browser.get(f"/bars/{koffi.bar_id}/till").status_code == 200
        heard = page.frames(len(sold))

    assert [event["data"]["sale"] for frame in heard for event in frame["events"]] == sold
    assert [frame["prev"] for frame in heard[1:]] == [frame["seq"] for frame in heard[:-1]]


@pytest.mark.parametrize("hours", [AHEAD, BEHIND])
def test_f26_a_process_knows_the_time_of_the_database(wrong, stack, hours):
    wrong.set(hours)
    environment = wrong.environment | {"DATABASE_URL": stack.database}
    told = subprocess.run(
        [sys.executable, "-c", ASK], env=os.environ | environment, capture_output=True, text=True, check=True
    ).stdout
    known, machine = (datetime.fromisoformat(one) for one in told.split())

    assert abs(known - datetime.now(UTC)) < A_MOMENT
    assert abs(machine - known - timedelta(hours=hours)) < A_MOMENT


def test_f26_the_clock_is_the_databases_to_some_milliseconds(db):
    with connection.cursor() as cursor:
        before = clock.now()
        cursor.execute(clock.QUESTION)
        (at,), after = cursor.fetchone(), clock.now()

    assert before - timedelta(milliseconds=50) < at < after + timedelta(milliseconds=50)
