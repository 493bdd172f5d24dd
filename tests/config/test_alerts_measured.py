"""What alerts measure, on the real servers: each figure above its rule's threshold, and just not."""

import asyncio
import json
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import httpx
import psycopg
import pytest
from django.db import connection
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone

from config.alerts import measuring
from config.alerts.measuring import HOUR, Look, activity
from config.alerts.rules import BY_NAME
from config.handler import ThreadedHandler
from config.models import TakenBackup
from realtime.models import Switch
from realtime.timings import BOUNDS, key_of, timings_of
from realtime.valkey import key
from realtime.valkey_threads import valkey
from sales.services.selling import sell
from stats.models import RefreshLog
from tests import factories
from tests.config.test_handler import ask, read
from tests.realtime.follower import Follower, sub
from tests.sessions import session
from tests.settling import run
from tests.stack import Stack, url_of_test_database

NOW = timezone.now()
SPIN = "DO $$ BEGIN WHILE true LOOP PERFORM 1; END LOOP; END $$"
SLEEP = "SELECT pg_sleep(20)"


@pytest.fixture(autouse=True)
def a_valkey_of_its_own(settings, monkeypatch):
    """Keys that nobody else writes: other tests' servers count their requests too."""
    settings.REDIS_PREFIX = f"alerts-{uuid.uuid4()}"
    monkeypatch.setenv("REDIS_PREFIX", settings.REDIS_PREFIX)


def is_above(name, look=None):
    """The subjects for which a rule's figure is above its threshold."""
    rule = BY_NAME[name]
    return [subject for subject, value in rule.measure(look or Look(NOW)).items() if value > rule.threshold]


# Requests and sockets


def timed(kind, quick, slow, *, seconds, failed=0):
    """As processes have written it: some that took no time, and some that took this long."""
    bucket = BOUNDS.index(seconds) + 1
    counts = {f"{kind}:0": quick, f"{kind}:{bucket}": slow, f"{kind}:failed": failed}
    valkey.ask(lambda client: client.hset(key_of(NOW.timestamp()), mapping=counts))


@pytest.mark.parametrize(
    ("rule", "kind", "threshold", "quick", "slow"),
    [
        ("slow_requests", "requests", 1.0, 18, 2),
        ("slow_sales", "sales", 0.5, 197, 3),
        ("slow_connects", "sockets", 2.0, 18, 2),
    ],
)
def test_the_slow_part_counts_and_not_the_slowest(rule, kind, threshold, quick, slow):
    timed(kind, quick + 1, slow - 1, seconds=threshold)
    before = is_above(rule)
    timed(kind, quick, slow, seconds=threshold)

    assert (before, is_above(rule)) == ([], [""])


@pytest.mark.parametrize(("rule", "kind", "of"), [("errors", "requests", 20), ("sale_errors", "sales", 200)])
def test_the_share_that_fails_counts(rule, kind, of):
    timed(kind, of, 0, seconds=1.0, failed=1)
    before = is_above(rule)
    timed(kind, of, 0, seconds=1.0, failed=2)

    assert (before, is_above(rule)) == ([], [""])


@pytest.mark.parametrize("rule", ["slow_requests", "slow_sales", "slow_connects", "errors", "sale_errors"])
@pytest.mark.parametrize(("count", "above"), [(19, []), (20, [""])])
def test_of_too_few_nothing_is_said(rule, count, above):
    for kind in ("requests", "sales", "sockets"):
        timed(kind, 0, count, seconds=5.0, failed=count)

    assert is_above(rule) == above


def test_only_the_last_minutes_count():
    timed("requests", 0, 20, seconds=5.0)

    found = [is_above("slow_requests", Look(NOW + timedelta(minutes=minutes))) for minutes in (4, 5)]

    assert found == [[""], []]


begun = threading.Event()


def broken(request):
    raise RuntimeError("this view is broken")


def handler500(request):
    return HttpResponse("failed", status=500)


def slow(request):
    begun.set()
    time.sleep(0.3)
    return HttpResponse("slow")


urlpatterns = [path("quick", lambda request: HttpResponse("quick")), path("broken", broken), path("slow", slow),
               path("static/file", lambda request: HttpResponse("file"))]  # fmt: skip


async def test_a_process_times_its_requests_and_writes_them_down(settings, monkeypatch):
    settings.ROOT_URLCONF, settings.MIDDLEWARE = __name__, []
    monkeypatch.setattr("realtime.timings.WRITE_EVERY", 0.05)
    handler = ThreadedHandler(threads=2)

    for address in ("/quick", "/slow", "/broken", "/static/file", "/healthz"):
        await read(await ask(handler, address))
    begun.clear()
    gone = await ask(handler, "/slow")
    await asyncio.to_thread(begun.wait, 5)
    await gone.send_input({"type": "http.disconnect"})
    await gone.wait(5)
    found = await written("requests", 4)

    assert (found.total, found.failed) == (4, 1)
    assert sum(found.counts[5:]) >= 2  # took more than 0.25 s: who has left was made to wait as well


async def written(kind, count, seconds=10):
    """What was timed of a kind, once so much of it is written."""
    end = time.monotonic() + seconds
    while True:
        found = await asyncio.to_thread(timings_of, 2, time.time())
        if kind in found and found[kind].total >= count:
            return found[kind]
        assert time.monotonic() < end, found
        await asyncio.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_a_web_process_times_requests_sales_and_sockets(koffi, beer, tmp_path):
    server = Stack(url_of_test_database(), tmp_path)
    order = {"key": str(uuid.uuid4()), "lines": [{"product": str(beer.pk), "quantity": 1}]}
    address = f"{server.url}/api/v1/bars/{koffi.bar_id}/sales"
    try:
        server.start_web()
        with Follower(server, koffi) as page:
            page.hello(sub(f"bar.{koffi.bar_id}"))
        with httpx.Client(headers=factories.bearer(koffi), trust_env=False) as till:
            answers = [till.post(address, json=order).status_code, till.get(address).status_code]
        counts = {"requests": 2, "sales": 1, "sockets": 1}
        server.wait_until(lambda: {kind: one.total for kind, one in timings_of(3, time.time()).items()} == counts)
    finally:
        server.stop()

    assert answers == [201, 200]


# Postgres and the disk


@contextmanager
def busy_with(statement, count):
    """So many sessions in which Postgres executes this."""
    lines = [session() for _ in range(count)]
    pids = [one.info.backend_pid for one in lines]
    with ThreadPoolExecutor(count) as threads, session() as watcher:
        watcher.autocommit = True
        ended = [threads.submit(one.execute, statement) for one in lines]
        try:
            until(lambda: watcher.execute(ACTIVE, [pids]).fetchone() == (count,))
            yield
        finally:
            for line in lines:
                line.cancel_safe(timeout=5)
            for one in ended:
                assert isinstance(one.exception(10), psycopg.errors.QueryCanceled)
            for line in lines:
                line.close()


ACTIVE = "SELECT count(*)::integer FROM pg_stat_activity WHERE state = 'active' AND pid = ANY(%s)"


def until(is_so, seconds=10):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(("statement", "above"), [(SPIN, [""]), (SLEEP, [])])
def test_sessions_that_work_keep_the_processor_busy_and_those_that_wait_do_not(statement, above, db, settings):
    settings.DATABASE_CORES = 6

    with busy_with(statement, 6):
        assert is_above("database_cpu") == above


@contextmanager
def allowed(count):
    """The test database admits so many connections."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with session() as owner:
        owner.execute(f"ALTER DATABASE {name} CONNECTION LIMIT {count}")
    try:
        yield
    finally:
        with session() as owner:
            owner.execute(f"ALTER DATABASE {name} CONNECTION LIMIT -1")


HERE = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = current_database()"


def connected():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(HERE)
        return cursor.fetchone()[0]


def test_connections_are_a_part_of_what_is_allowed(db, monkeypatch):
    """Three quarters are no alarm, nine tenths are one: the sessions of other tests end when they like."""
    monkeypatch.setattr(measuring, "LOOKS", 1)
    most = 2 * connected() + 20
    with allowed(most), ExitStack() as opened:
        above = []
        for part in (0.75, 0.92):
            while connected() < part * most:
                opened.enter_context(session())
            above.append(is_above("database_connections"))

    assert above == [[], [""]]


def test_i30_an_old_transaction_and_an_idle_one_are_seen_until_they_end(db):
    with session() as other:
        other.execute("SELECT 1")
        time.sleep(0.4)
        before = activity()
        other.rollback()
        until(lambda: activity().idle < 0.4)

    assert (before.oldest >= 0.4, before.idle >= 0.4) == (True, True)
    assert (
        BY_NAME["long_transaction"].measure(Look(NOW)).keys() == BY_NAME["idle_transaction"].measure(Look(NOW)).keys()
    )


@pytest.mark.parametrize(("part", "above"), [(0.79, []), (0.81, ["database"])])
def test_the_database_is_measured_against_what_it_may_fill(part, above, db, settings):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        settings.DATABASE_STORAGE = cursor.fetchone()[0] / measuring.GIGABYTE / part

    assert [one for one in is_above("storage") if one != "disk"] == above


@pytest.mark.parametrize("folder", ["there", "not/yet/there"])
def test_the_disk_of_the_data_is_measured(folder, settings, tmp_path):
    settings.DATA_DIR = tmp_path / folder
    (tmp_path / "there").mkdir()

    figures = BY_NAME["storage"].measure(Look(NOW))

    assert (list(figures), 0 < figures["disk"] < 1) == (["disk"], True)


@pytest.mark.parametrize(("hours", "above"), [(25.9, []), (26.1, [""])])
def test_c53_a_backup_of_the_last_day_is_missed(hours, above, db):
    for age in (hours, 70):
        TakenBackup.objects.create(name="one", ended_at=NOW - age * HOUR)

    assert is_above("old_backup") == above


@pytest.mark.parametrize(("debug", "above"), [(False, [""]), (True, [])])
def test_where_there_never_was_a_backup_the_databases_own_age_counts(debug, above, db, settings):
    settings.DEBUG = debug
    now = timezone.now()

    assert (is_above("old_backup", Look(now)), is_above("old_backup", Look(now + 27 * HOUR))) == ([], above)


def test_wal_that_nobody_receives_is_missed_where_there_are_backups(db):
    without = is_above("unreceived_wal")
    TakenBackup.objects.create(name="one", ended_at=NOW)

    assert (without, is_above("unreceived_wal")) == ([], [""])


# Realtime


@pytest.mark.parametrize(("count", "above"), [(27, []), (28, ["bar.a"])])
def test_c35_a_bar_is_nearly_full_above_27_of_30(count, above):
    for process, streams in (("one", {"bar.a": count - 3, "user.x": 90}), ("two", {"bar.a": 3, "bar.b": 9})):
        report = json.dumps({"process": process, "streams": streams})
        valkey.ask(lambda client, name=process, report=report: client.set(key("monitor", "web", name), report, ex=30))

    assert is_above("full_stream") == above


@pytest.mark.parametrize(("roles", "above"), [([], [""]), (["standby"], [""]), (["standby", "leader"], [])])
def test_a_relay_that_only_stands_by_publishes_nothing(roles, above, db):
    for role in roles:
        word = json.dumps({"role": role, "since": 0})
        valkey.ask(lambda client, role=role, word=word: client.set(key("monitor", "relay", role), word, ex=30))

    assert is_above("no_relay") == above


@pytest.mark.parametrize(("seconds", "above"), [(2, []), (6, [""])])
def test_what_waits_for_the_relay_is_measured_by_its_age(seconds, above, db):
    run("DELETE FROM realtime_outbox",
        "INSERT INTO realtime_outbox (stream, slot, first_seq, last_seq, committed_at) "
        f"VALUES ('bar.x', 0, 1, 1, clock_timestamp() - interval '{seconds} seconds')")  # fmt: skip

    assert (is_above("relay_behind"), is_above("bell_queue")) == (above, [])


@pytest.mark.parametrize(("is_on", "above"), [(False, []), (True, [""])])
def test_the_emergency_switch_is_seen(is_on, above, db):
    Switch.objects.create(name=Switch.Name.EMERGENCY_POLLING, is_on=is_on)

    assert is_above("emergency_polling") == above


# Views and sales


@pytest.mark.parametrize(("error", "above"), [("", []), ("disk full", ["daily_sales_summary"])])
def test_a_view_whose_refresh_has_failed_is_seen(error, above, db):
    RefreshLog.objects.create(view="daily_sales_summary", started_at=timezone.now(), seconds=1, error=error)

    assert is_above("failed_view") == above


@pytest.mark.parametrize(("hours", "above"), [(19, []), (21, ["daily_sales_summary"])])
def test_a_view_that_is_too_old_is_seen(hours, above, db):
    started_at = timezone.now() - timedelta(hours=hours)
    RefreshLog.objects.create(view="daily_sales_summary", started_at=started_at, seconds=1)

    assert is_above("old_view") == above


@pytest.mark.parametrize(("hours", "above"), [(23, False), (25, True)])
def test_i33_a_sale_may_wait_a_day_for_its_decision(hours, above, awa, koffi, beer):
    offline = factories.basket({beer.pk: 1}, prices={beer.pk: 900}, sold_at=timezone.now())
    statuses = [sell(awa, offline, at=timezone.now()).sale.status, factories.sale(koffi, {beer.pk: 1}).status]
    later = Look(timezone.now() + timedelta(hours=hours))

    assert statuses == ["needs_review", "validated"]
    assert is_above("unreviewed_sales", later) == ([f"bar.{awa.bar_id}"] if above else [])
