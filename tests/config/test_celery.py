"""Periodic work, by a real beat and a real worker on the real broker."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_celery_beat import schedulers
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from config.celery import app
from config.schedule import JOBS
from stats.models import BarActivity, RefreshLog
from stats.services import LIGHT_VIEWS
from stats.tasks import refresh_light_views
from tests import factories
from tests.stack import Stack, url_of_test_database


@contextmanager
def celery(folder, *programs):
    """Celery processes on the test database; their logs are shown when something never happens."""
    stack = Stack(url_of_test_database(), folder)
    arguments = {
        "worker": (
            "worker",
            "--loglevel",
            "info",
            "--pool",
            "threads",
            "--concurrency",
            "1",
            "--without-mingle",
            "--without-gossip",
        ),
        "beat": ("beat", "--pidfile=", "--max-interval", "1"),
    }
    arguments["beat"] += ("--scheduler", "django_celery_beat.schedulers:DatabaseScheduler")
    try:
        for program in programs:
            stack.run(program, "celery", "-A", "config", *arguments[program])
        yield stack
    finally:
        stack.stop()


def test_every_job_names_a_task_that_exists():
    app.loader.import_default_modules()

    assert {job.task for job in JOBS} <= set(app.tasks)


def test_jobs_are_created_once_and_an_operators_hours_survive_a_migrate(db):
    changed = PeriodicTask.objects.get(name=JOBS[0].name)
    changed.enabled = False
    changed.save()

    call_command("migrate", verbosity=0)

    assert sorted(PeriodicTask.objects.values_list("name", "enabled")) == sorted(
        (job.name, job.name != JOBS[0].name) for job in JOBS
    )


@pytest.mark.parametrize("hour", [0, 8, 12, 20])
def test_f23_beat_looks_at_every_job_whenever_it_comes_back(hour, db, monkeypatch):
    """It leaves out jobs of one hour a day that is far, but 4: what it has missed of the others waits for a day."""
    monkeypatch.setattr(schedulers, "aware_now", lambda: datetime(2026, 11, 22, hour, tzinfo=UTC))
    PeriodicTask.objects.update(enabled=True)

    looked_at = schedulers.DatabaseScheduler(app, lazy=True).enabled_models_qs()

    assert {job.name for job in JOBS} <= {one.name for one in looked_at}


def test_a_worker_refreshes_the_views_and_logs_it(transactional_db, tmp_path):
    with celery(tmp_path, "worker") as stack:
        refresh_light_views.delay()
        stack.wait_until(lambda: RefreshLog.objects.count() == len(LIGHT_VIEWS))

    assert sorted(RefreshLog.objects.values_list("view", "error")) == [
        ("bars_with_stats", ""),
        ("daily_sales_summary", ""),
    ]


@pytest.mark.slow
def test_beat_lets_the_activity_of_a_quiet_bar_decay(transactional_db, tmp_path):
    hours_ago = timezone.now() - timedelta(hours=2)
    busy = BarActivity.objects.create(
        bar=factories.bar(), sales_last_5min=3, sales_last_hour=9, last_sale_at=hours_ago, updated_at=hours_ago
    )
    every_second = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.update(enabled=False)
    PeriodicTask.objects.create(name="now", task="stats.tasks.decay_activity", interval=every_second)

    with celery(tmp_path, "worker", "beat") as stack:
        stack.wait_until(lambda: BarActivity.objects.filter(sales_last_hour=0).exists())

    busy.refresh_from_db()
    assert (busy.sales_last_5min, busy.sales_last_hour, busy.last_sale_at) == (0, 0, hours_ago)
