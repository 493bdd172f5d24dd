"""Refreshing views, and activity that slides on with the clock. Time comes in as an argument."""

from datetime import timedelta
from threading import Thread

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from stats import services, tasks
from stats.models import BarActivity, DailySalesSummary, RefreshLog, SalesMinute
from tests import factories
from tests.settling import run, settle
from tests.stack import url_of_test_database

NOW = timezone.now().replace(second=30, microsecond=0)
VIEW = "daily_sales_summary"


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
        f"{VIEW}: is being refreshed elsewhere\n",
        [],
        0,
    )


def test_the_command_refreshes_the_views_that_are_named(sold, capsys):
    call_command("refresh_views", VIEW)

    assert capsys.readouterr().out.startswith(f"{VIEW}: 0.")
    assert len(daily()) == 2


def test_the_command_names_the_known_views(db):
    with pytest.raises(CommandError, match=f"There is no view sales, stock; there are {VIEW}"):
        call_command("refresh_views", "sales", VIEW, "stock")

    assert not RefreshLog.objects.exists()


def test_the_command_fails_where_a_refresh_fails(sold, capsys):
    run(f"DROP INDEX {VIEW}_key")

    with pytest.raises(CommandError, match="1 of 4 views were not refreshed"):
        call_command("refresh_views")

    assert capsys.readouterr().err.startswith(f"{VIEW}: cannot refresh")


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
