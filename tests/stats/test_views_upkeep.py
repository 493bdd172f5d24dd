"""Views are refreshed when bars rest, one refresh at a time; operators are told when they fail or grow old."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from bars.models import Member
from realtime.models import Notification
from stats import off_peak, services
from stats.models import BarWithStats, DirtyDay, ProductSalesStats, RefreshLog, ViewMetrics
from tests import factories
from tests.settling import run, settle
from tests.stack import url_of_test_database

DAILY, TOP = "daily_sales_summary", "top_products_by_period"
NOON = datetime(2026, 11, 21, 12, 5, tzinfo=UTC)
BREAK = f"DROP INDEX {DAILY}_key"
MEND = f"CREATE UNIQUE INDEX {DAILY}_key ON {DAILY} (bar_id, business_date)"


# When


def test_where_bars_share_a_clock_the_hours_are_those_of_the_seed():
    assert [hour for hour in range(24) if off_peak.is_off_peak({hour: 13})] == list(range(3, 18))
    assert [hour for hour in range(24) if off_peak.is_hour_of_heavy_views({hour: 13})] == [4, 16]


@pytest.mark.parametrize(
    ("bars", "rests"),
    [
        ({19: 4, 10: 5}, True),
        ({19: 5, 10: 5}, False),
        ({19: 6, 10: 5}, False),
        ({2: 1, 18: 1, 12: 3}, True),
        ({}, True),
    ],
)
def test_where_they_do_not_light_views_wait_while_half_are_at_their_peak(bars, rests):
    assert off_peak.is_off_peak(bars) is rests


@pytest.mark.parametrize(
    ("bars", "now"), [({4: 5, 13: 4}, True), ({4: 4, 13: 5}, False), ({4: 5, 13: 5}, True), ({16: 5, 13: 5}, False)]
)
def test_heavy_views_go_by_the_clock_of_most_bars(bars, now):
    assert off_peak.is_hour_of_heavy_views(bars) is now


@pytest.mark.parametrize(
    ("zones", "hour", "light", "heavy"),
    [
        (["Africa/Abidjan"], 12, True, False),
        (["Africa/Abidjan"], 19, False, False),
        (["Africa/Abidjan"], 16, True, True),
        (["Asia/Tokyo"], 12, False, False),  # 21h there
        (["Asia/Tokyo"], 19, True, True),  # 4h there
        (["Asia/Kathmandu"], 22, True, True),  # ten to four there
        (["Africa/Abidjan", "Asia/Tokyo", "Asia/Tokyo"], 12, False, False),
        (["Africa/Abidjan", "Africa/Abidjan", "Asia/Tokyo"], 12, True, False),
    ],
)
def test_jobs_look_at_the_clocks_of_the_bars(zones, hour, light, heavy, db):
    for number, zone in enumerate(zones):
        factories.bar(f"Bar {number}", time_zone=zone)
    factories.bar("Fermé", time_zone="America/New_York", is_active=False)
    at = NOON.replace(hour=hour, minute=20)

    assert [log.view for log in services.refresh_light_views(at)] == (list(services.LIGHT_VIEWS) if light else [])
    assert [log.view for log in services.refresh_heavy_views(at)] == (list(services.HEAVY_VIEWS) if heavy else [])


def test_the_metrics_tell_of_all_views(db):
    assert sorted(ViewMetrics.objects.values_list("view", flat=True)) == sorted(services.VIEWS)


# One at a time


@pytest.fixture
def counting_elsewhere(db):
    with psycopg.connect(url_of_test_database(), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtext(%s))", [TOP])
        yield other


def test_a_table_that_is_counted_elsewhere_is_left_out(counting_elsewhere, koffi, beer):
    factories.sale(koffi, {beer.pk: 1}, at=timezone.now() - timedelta(days=3))
    settle()
    left = services.refresh_view(TOP), RefreshLog.objects.count(), DirtyDay.objects.filter(view=TOP).count()
    counting_elsewhere.execute("SELECT pg_advisory_unlock_all()")

    assert left == (None, 0, 1)
    assert (services.refresh_view(TOP).error, DirtyDay.objects.filter(view=TOP).count()) == ("", 0)


# When one fails, or grows old


def told(**which):
    return list(Notification.objects.filter(**which).order_by("id").values_list("stream", "topic", "kind", "subject"))


def test_operators_are_told_of_a_failure_once_and_of_its_end(operator, koffi):
    second = factories.user("second", is_superuser=True)
    factories.user("gone", is_superuser=True, is_active=False)
    run(BREAK)
    for _ in range(2):
        services.refresh_view(DAILY)
    failed = told(resolved_at=None)
    run(MEND)
    services.refresh_view(DAILY)

    streams = sorted(f"user.{person.pk}" for person in (operator, second))
    assert sorted(failed) == [(stream, "notifications", "view_failed", DAILY) for stream in streams]
    assert (told(resolved_at=None), sorted(told())) == ([], sorted(failed))


def test_a_view_that_is_refreshed_tells_nobody(operator, db):
    services.refresh_views(*services.VIEWS)

    assert (told(), services.look_after_views()) == ([], [])


def test_a_failure_stops_no_other_view_and_leaves_the_marks(operator, koffi, beer):
    services.refresh_views(*services.VIEWS)
    factories.sale(koffi, {beer.pk: 1}, at=timezone.now() - timedelta(days=3))
    settle()
    run(BREAK)

    logs = services.refresh_views(DAILY, TOP)

    assert [bool(log.error) for log in logs] == [True, False]
    assert list(DirtyDay.objects.values_list("view", flat=True)) == [DAILY]


@pytest.mark.parametrize(
    ("view", "hours", "is_old"), [(DAILY, 19, False), (DAILY, 21, True), (TOP, 23, False), (TOP, 25, True)]
)
def test_a_view_older_than_twice_its_interval_is_told_until_it_is_refreshed(view, hours, is_old, operator):
    RefreshLog.objects.create(view=view, started_at=timezone.now() - timedelta(hours=hours), seconds=1)
    RefreshLog.objects.create(view=view, started_at=timezone.now(), seconds=1, error="disk full")

    old, told_then = services.look_after_views(), told(kind="view_old", resolved_at=None)
    services.refresh_view(view)
    services.look_after_views()

    assert old == ([view] if is_old else [])
    assert told_then == [(f"user.{operator.pk}", "notifications", "view_old", one) for one in old]
    assert told(kind="view_old", resolved_at=None) == []


def test_the_metrics_are_those_of_the_log(db):
    now = timezone.now()
    for hours, seconds, error in [(30, 2, ""), (20, 4, ""), (10, 90, "disk full")]:
        RefreshLog.objects.create(view=TOP, started_at=now - timedelta(hours=hours), seconds=seconds, error=error)

    told = ViewMetrics.objects.get(view=TOP)
    never = ViewMetrics.objects.get(view=DAILY)

    assert (told.refreshes, told.failures, told.mean_seconds) == (2, 1, 3)
    assert (told.last_success, told.is_failing, told.is_old) == (now - timedelta(hours=20), True, False)
    assert timedelta(hours=19) < told.age < timedelta(hours=21)
    assert (never.refreshes, never.age, never.is_old, never.is_failing) == (0, None, False, False)


def test_the_log_keeps_the_last_success_however_old(db):
    for days in (60, 50, 40):
        RefreshLog.objects.create(view=TOP, started_at=timezone.now() - timedelta(days=days), seconds=1)
    RefreshLog.objects.create(view=TOP, started_at=timezone.now() - timedelta(days=35), seconds=1, error="disk full")

    services.refresh_view(DAILY)

    assert [(timezone.now() - log.started_at).days for log in RefreshLog.objects.filter(view=TOP)] == [40]


# What they hold


def test_a_product_is_told_by_its_last_thirty_finished_days(bar, koffi, beer, coke):
    moment = timezone.now()
    for days, count in ((40, 9), (9, 3), (5, 2), (5, 1), (0, 7)):
        factories.sale(koffi, {beer.pk: count}, at=moment - timedelta(days=days))
    settle()
    services.refresh_views(*services.HEAVY_VIEWS)
    row, never = (ProductSalesStats.objects.get(product=one) for one in (beer, coke))
    first, last = (bar.sales.get(total=total).business_date for total in (3000, 1000))
    span = (row.until - first).days + 1

    assert (row.quantity, row.revenue, row.last_sale_on) == (6, 6000, last)
    assert (row.days, row.days_without_sale) == (span, span - 2)
    assert row.daily_mean == round(Decimal(6) / span, 4)
    assert (never.quantity, never.last_sale_on, never.days_without_sale) == (0, None, never.days)


def test_a_bar_is_told_with_its_owner_and_its_team(bar, yao, koffi, awa, other_bar):
    Member.objects.filter(pk=awa.pk).update(is_active=False)
    services.refresh_view("bars_with_stats")

    row, empty = (BarWithStats.objects.get(bar=one) for one in (bar, other_bar))

    assert (row.name, row.owner_name, row.member_count, row.is_active) == ("Chez Yao", "Yao", 2, True)
    assert (row.settings["currency"], row.settings["closing_hour"]) == ("XOF", 6)
    assert (empty.owner_name, empty.member_count) == ("", 0)


# By hand


def test_the_command_refreshes_all_views_in_their_order(db, capsys):
    call_command("refresh_views")

    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == list(services.VIEWS)


def test_a_view_named_twice_is_refreshed_once_after_what_it_is_made_of(db, capsys):
    call_command("refresh_views", "product_sales_stats", TOP, TOP)

    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == list(services.HEAVY_VIEWS)


@pytest.mark.parametrize("name", ["", "sales_sale", "DAILY_SALES_SUMMARY", "x; DROP TABLE bars_bar", "été"])
def test_nonsense_is_refused_in_one_line_that_names_the_views(name, db):
    with pytest.raises(CommandError) as refused:
        call_command("refresh_views", name)

    assert str(refused.value) == f"There is no view {name!r}; there are {', '.join(services.VIEWS)}"
    assert not RefreshLog.objects.exists()
