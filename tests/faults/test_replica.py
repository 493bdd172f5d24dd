"""Figures of finished days from a streaming standby: never behind, never an error, and never anything else."""

import re
import shutil
import subprocess
import tempfile
import uuid
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from config.postgres import DATABASE, SUPERUSER
from config.settings import database
from stats.figures import reading
from stats.figures.catalogue import FIGURES
from stats.figures.reading import REPLICA, is_abreast
from tests import factories
from tests.faults.clusters import Standby, running
from tests.faults.webs import until
from tests.stack import ROOT, url_of_test_database

STREAMS = {"wal_level": "replica", "max_wal_senders": "4"}
COUNTED = "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query LIKE %s AND userid <> 10"
DAYS = "%stats_sales_days%"


def admin(cluster, statement, *params):
    with psycopg.connect(cluster._url(SUPERUSER, DATABASE), autocommit=True) as session:
        cursor = session.execute(statement, params or None)
        return cursor.fetchone()[0] if cursor.description else None


def copy_test_database(cluster, folder):
    programs = cluster._programs()
    dump, target = folder / "dump.sql", cluster._url(SUPERUSER, DATABASE)
    subprocess.run([programs / "pg_dump", "-f", dump, url_of_test_database()], check=True, timeout=60)
    quietly = ["-qX", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null"]
    subprocess.run([programs / "psql", *quietly, "-f", dump, target], check=True, timeout=60)


@contextmanager
def asked_of(primary, standby):
    """Django's own connections lead to the two clusters."""
    connection.close()
    kept = connection.settings_dict
    connection.settings_dict = kept | database(primary.url)
    connections.settings[REPLICA] = kept | database(standby.url)
    try:
        yield
    finally:
        connections[REPLICA].close()
        del connections[REPLICA]
        del connections.settings[REPLICA]
        connection.close()
        connection.settings_dict = kept


@pytest.fixture(scope="module")
def pair(django_db_setup, django_db_blocker):
    """A primary with the application's tables, and its standby; in a folder that the server's account may pass."""
    folder = Path(tempfile.mkdtemp(prefix="replica-"))
    folder.chmod(0o711)
    try:
        with django_db_blocker.unblock(), ExitStack() as opened:
            primary = opened.enter_context(running(folder / "primary", **STREAMS))
            copy_test_database(primary, folder)
            standby = opened.enter_context(running(folder / "standby", Standby, primary=primary, **STREAMS))
            opened.enter_context(asked_of(primary, standby))
            yield primary, standby
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Night:
    """A bar that has sold three days ago, and its manager, who asks for that day."""

    def __init__(self):
        self.bar = factories.bar(name="Chez Yao")
        self.koffi = factories.member(self.bar, f"koffi-{uuid.uuid4().hex[:8]}", "manager")
        self.beer = factories.product(self.bar, "Flag", price=1000, stock=500)
        self.moment = timezone.now() - timedelta(days=3)
        self.client = Client(headers=factories.bearer(self.koffi))
        self.address = f"/api/v1/bars/{self.bar.pk}"
        self.sell()

    def sell(self):
        return factories.sale(self.koffi, {self.beer.pk: 1}, at=self.moment)

    def figure(self, name="days", day=None):
        """As a file: no answer is kept."""
        on = (day or self.moment).date().isoformat()
        answer = self.client.get(f"{self.address}/figures/{name}/file", {"period": "week", "on": on})
        assert answer.status_code == 200, answer.content
        return answer.content.decode()

    def last_week(self, name="days"):
        return self.figure(name, self.moment - timedelta(days=7))


@pytest.fixture
def night(pair, monkeypatch):
    monkeypatch.setattr(reading._Resting, "until", 0.0)
    made = Night()
    made.moment -= timedelta(days=7)  # a week that is over whatever day this is
    made.sell()
    until(lambda: is_abreast([made.bar.pk]), 60)
    for cluster in pair:
        admin(cluster, "SELECT pg_stat_statements_reset()")
    return made


def asked(pair, like=DAYS):
    """How often the application has asked the primary and the standby."""
    return [int(admin(cluster, COUNTED, like)) for cluster in pair]


@contextmanager
def replay_paused(standby):
    admin(standby, "SELECT pg_wal_replay_pause()")
    until(lambda: admin(standby, "SELECT pg_get_wal_replay_pause_state()") == "paused", 30)
    try:
        yield
    finally:
        admin(standby, "SELECT pg_wal_replay_resume()")


def test_f37_a_replica_that_knows_all_of_the_bar_answers_for_finished_days(pair, night):
    told = night.figure()

    assert asked(pair) == [0, 1]
    assert (told == from_primary(night), asked(pair)) == (True, [1, 1])
    assert len(told.splitlines()) == 2  # a heading, and the day


def from_primary(night):
    kept = connections.settings.pop(REPLICA)
    try:
        return night.figure()
    finally:
        connections.settings[REPLICA] = kept


def test_f37_a_replica_that_is_behind_in_the_bar_is_not_asked_and_one_behind_elsewhere_is(pair, night):
    primary, standby = pair
    before = night.figure()
    with replay_paused(standby):
        Night()  # another bar, of which the replica doesn't know
        assert (night.figure(), asked(pair)) == (before, [0, 2])

        night.sell()
        told = night.figure()
        assert (told == before, asked(pair)) == (False, [1, 2])

    until(lambda: is_abreast([night.bar.pk]), 60)
    assert (night.figure(), asked(pair)) == (told, [1, 3])


def test_f37_a_replica_that_has_died_costs_no_answer(pair, night):
    _, standby = pair
    told = night.figure()
    standby.crash()
    try:
        assert (night.figure(), night.figure()) == (told, told)
        assert asked(pair[:1]) == [2]
        assert reading._Resting.until > 0  # nor is it asked for a while
    finally:
        standby.start()


def test_f37_tonight_with_its_cursor_the_stock_and_sales_are_never_read_from_a_replica(pair, night):
    today = timezone.now()
    for name, figure in FIGURES.items():
        night.figure(name, today)
        if figure.is_of_stock:
            night.figure(name)
    order = {"key": str(uuid.uuid4()), "lines": [{"product": str(night.beer.pk), "quantity": 1}]}
    statuses = [
        night.client.post(f"{night.address}/sales", order, "application/json").status_code,
        *(night.client.get(f"{night.address}/{path}").status_code for path in ("tonight", "sales", "products")),
    ]

    assert (statuses, asked(pair, "%")[1]) == ([201, 200, 200, 200], 0)
    night.figure()
    assert asked(pair, "%")[1] > 0  # the control


def test_f37_one_module_alone_reads_by_another_connection():
    sources = [path for app in ("stats", "sales", "stock", "bars", "realtime") for path in (ROOT / app).rglob("*.py")]
    named = re.compile(r"^from django.db import .*\bconnections\b|\.using\(|\bREPLICA\b", re.MULTILINE)
    found = {str(path.relative_to(ROOT)) for path in sources if named.search(path.read_text())}

    assert found == {"stats/figures/reading.py", "bars/grants.py"}  # the latter is told which by a migration
