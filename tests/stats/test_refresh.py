"""Refreshing views, and activity that slides on with the clock. Time comes in as an argument."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from threading import Thread

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from stats import periods, services, tasks
from stats.models import BarActivity, DailySalesSummary, RefreshLog, SalesMinute
from tests import factories
from tests.races.gate import holding, through
from tests.settling import run, settle
from tests.stack import ROOT, url_of_test_database

NOW = timezone.now().replace(second=30, microsecond=0)
VIEW = "daily_sales_summary"
STARTING = 30  # seconds that a process may take on a busy machine


def activity():
    """Sales in 5 minutes and in an hour, by the bar's name."""
    return {
        row.bar.name: (row.sales_last_5min, row.sales_last_hour) for row in BarActivity.objects.select_related("bar")
    }


def daily():
    return list(DailySalesSummary.objects.order_by("bar_id").values_list("bar__name", "sales", "revenue"))


@pytest.fixture
def sold(koffi, zoe, beer):
    """Two sales at Yao's and one at Zoé's, now."""
    wine = factories.product(zoe.bar, "Wine", price=2000)
    factories.sale(koffi, {beer.pk: 1}, at=NOW)
    factories.sale(koffi, {beer.pk: 2}, at=NOW)
    factories.sale(zoe, {wine.pk: 1}, at=NOW)
    settle()
    services.decay_activity(NOW)


# Activity


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (timedelta(0), (2, 2)),
        (timedelta(minutes=4), (2, 2)),
        (timedelta(minutes=5), (0, 2)),
        (timedelta(minutes=59), (0, 2)),
        (timedelta(minutes=60), (0, 0)),
    ],
)
def test_activity_decays_without_a_sale(sold, later, expected):
    services.decay_activity(NOW + later)

    assert activity() == {"Chez Yao": expected, "Le Maquis de Zoé": tuple(count // 2 for count in expected)}
    assert set(BarActivity.objects.values_list("updated_at", flat=True)) == {NOW + later}


def test_quiet_bars_are_left_alone(sold):
    services.decay_activity(NOW + timedelta(hours=2))

    services.decay_activity(NOW + timedelta(hours=3))

    assert set(BarActivity.objects.values_list("updated_at", flat=True)) == {NOW + timedelta(hours=2)}


def test_the_last_sale_is_remembered_after_the_window(sold):
    services.decay_activity(NOW + timedelta(hours=2))

    assert set(BarActivity.objects.values_list("last_sale_at", flat=True)) == {NOW.replace(second=0)}


def test_rebuilding_counts_every_bar_again(sold):
    BarActivity.objects.update(sales_last_5min=77, sales_last_hour=0)
    quiet = factories.bar("Quiet")

    services.rebuild_activity(NOW)

    assert activity() == {"Chez Yao": (2, 2), "Le Maquis de Zoé": (1, 1), quiet.name: (0, 0)}


def test_decaying_and_rebuilding_say_how_many_bars_they_touched(sold):
    factories.bar("Quiet")

    assert services.decay_activity(NOW + timedelta(hours=2)) == 2
    assert services.decay_activity(NOW + timedelta(hours=2)) == 0
    assert services.rebuild_activity(NOW) == 3


def test_the_jobs_use_the_clock(sold):
    BarActivity.objects.update(updated_at=NOW - timedelta(days=1))

    tasks.decay_activity()
    decayed = set(BarActivity.objects.values_list("updated_at", flat=True))
    tasks.rebuild_activity()
    rebuilt = set(BarActivity.objects.values_list("updated_at", flat=True))

    assert NOW - timedelta(days=1) < min(decayed) <= max(decayed) < min(rebuilt)


# Views


def test_a_refresh_brings_the_sales_and_is_logged(sold):
    before = daily()

    (log,) = services.refresh_views(VIEW)

    assert (before, daily()) == ([], [("Chez Yao", 2, 3000), ("Le Maquis de Zoé", 1, 2000)])
    assert (log.view, log.error, RefreshLog.objects.get()) == (VIEW, "", log)
    assert 0 < log.seconds < 10


def test_the_job_refreshes_the_light_views(sold):
    services.refresh_light_views(NOW.replace(hour=12))

    assert {log.view for log in RefreshLog.objects.all()} == set(services.LIGHT_VIEWS)


def test_only_known_views_are_refreshed(db):
    with pytest.raises(ValueError, match=f"sales_sale is not one of {VIEW}"):
        services.refresh_view("sales_sale")

    assert not RefreshLog.objects.exists()


def test_a_refresh_that_fails_is_logged_with_its_reason(sold):
    run(f"DROP INDEX {VIEW}_key")

    (log,) = services.refresh_views(VIEW)

    assert "cannot refresh materialized view" in log.error
    assert RefreshLog.objects.get().error == log.error


def test_the_log_is_kept_for_thirty_days(db):
    for days in (29, 31):
        RefreshLog.objects.create(view=VIEW, started_at=timezone.now() - timedelta(days=days), seconds=1)

    services.refresh_view(VIEW)

    assert [(timezone.now() - log.started_at).days for log in RefreshLog.objects.all()] == [0, 29]


@pytest.fixture
def refreshed_elsewhere(db):
    """Another process is refreshing the view."""
    with psycopg.connect(url_of_test_database(), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtext(%s))", [VIEW])
        yield


def test_a_view_that_is_being_refreshed_elsewhere_is_left_out(sold, refreshed_elsewhere, capsys):
    assert services.refresh_views(VIEW) == []
    call_command("refresh_views", VIEW)

    assert (capsys.readouterr().out, daily(), RefreshLog.objects.count()) == (
        f"{VIEW} left out: already being refreshed\n",
        [],
        0,
    )


def test_the_command_refreshes_the_views_that_are_named(sold, capsys):
    call_command("refresh_views", VIEW)

    assert capsys.readouterr().out.startswith(f"{VIEW}: 0.")
    assert len(daily()) == 2


def test_the_command_names_the_known_views(db):
    with pytest.raises(CommandError, match=f"There is no view 'sales', 'stock'; there are {VIEW}"):
        call_command("refresh_views", "sales", VIEW, "stock")

    assert not RefreshLog.objects.exists()


def test_the_command_fails_where_a_refresh_fails(sold, capsys):
    run(f"DROP INDEX {VIEW}_key")

    with pytest.raises(CommandError, match=f"^1 of 4 failed: {VIEW}: cannot refresh .*$"):
        call_command("refresh_views")

    said = capsys.readouterr()
    assert ([line.partition(":")[0] for line in said.out.splitlines()], said.err) == (list(services.VIEWS[1:]), "")


@pytest.mark.django_db(transaction=True)
def test_a_late_sale_that_a_refresh_under_way_has_not_seen_is_in_the_figures(koffi, beer):
    """The refresh looks, then waits for who holds the view; meanwhile somebody sells on a day that it counts."""
    late = NOW - timedelta(days=3)
    factories.sale(koffi, {beer.pk: 2}, at=late)
    services.refresh_view(VIEW)

    with holding(f"ANALYZE {VIEW}") as gate:

        def sell_late():
            factories.sale(koffi, {beer.pk: 3}, at=late)
            gate.holder.rollback()

        gate.open = sell_late
        [log] = through(gate, lambda: services.refresh_view(VIEW))

    figures = periods.days(koffi.bar, late.date() - timedelta(days=1), late.date())
    assert (log.error, daily()) == ("", [("Chez Yao", 1, 2000)])
    assert [(row["sales"], row["revenue"]) for row in figures] == [(2, 5000)]


@pytest.mark.django_db(transaction=True)
def test_ctrl_c_ends_a_refresh_in_one_line_and_lets_go_of_the_view():
    command = [sys.executable, "manage.py", "refresh_views", "bars_with_stats", VIEW]
    environment = os.environ | {"DATABASE_URL": url_of_test_database(), "DATABASE_LOCK_TIMEOUT": "30s"}

    with holding("ANALYZE bars_with_stats") as gate:
        refreshing = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        gate.wait_for(1, seconds=STARTING)
        refreshing.send_signal(signal.SIGINT)
        out, err = refreshing.communicate(timeout=20)

    assert (refreshing.returncode, err) == (130, "Stopped: views refreshed so far stay so.\n")
    assert [line.partition(":")[0] for line in out.splitlines()] == [VIEW]
    assert [log.view for log in services.refresh_views("bars_with_stats")] == ["bars_with_stats"]


@pytest.mark.django_db(transaction=True)
def test_selling_goes_on_while_a_view_is_refreshed():
    bar = factories.bar()
    koffi = factories.member(bar, "koffi", "manager")
    beer = factories.product(bar, "Beaufort", stock=500)

    def refresh():
        services.refresh_views(*[VIEW] * 10)
        connection.close()

    refreshing = Thread(target=refresh)
    refreshing.start()
    sales = 0
    while refreshing.is_alive():
        factories.sale(koffi, {beer.pk: 1})
        sales += 1
    refreshing.join()

    services.refresh_view(VIEW)
    assert set(RefreshLog.objects.values_list("error", flat=True)) == {""}
    assert daily() == [("Chez Yao", sales, 1000 * sales)]
    assert sum(SalesMinute.objects.values_list("sales", flat=True)) == sales
