"""What may happen to the worker and to the schedule: real processes, with production's options."""

import signal
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from sales.tasks import expire_kept_bottles
from tests import factories
from tests.books import shelf
from tests.faults.jobs import Jobs
from tests.races.gate import holding_product
from tests.realtime.numbering import frames_in_log
from tests.sessions import session
from tests.stack import end

EXPIRE, TICK = "sales.tasks.expire_kept_bottles", "stats.tasks.decay_activity"

HOURS = (CrontabSchedule, IntervalSchedule)
ONCE = (["active", "expired"], [(24, 0)])  # what pages heard of a consignment, and the shelf after it

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def jobs(tmp_path):
    started = Jobs(tmp_path, f"jobs-{uuid.uuid4()}")
    try:
        yield started
    finally:
        started.stop()
        started.forget()


@pytest.fixture
def schedule():
    """Nothing is due but what a test adds. The rows are part of the database that tests begin with."""
    enabled = list(PeriodicTask.objects.filter(enabled=True).values_list("pk", flat=True))
    before = [(model, list(model.objects.values_list("pk", flat=True))) for model in (PeriodicTask, *HOURS)]
    PeriodicTask.objects.update(enabled=False)
    yield PeriodicTask.objects
    for model, rows in before:
        model.objects.exclude(pk__in=rows).delete()
    PeriodicTask.objects.filter(pk__in=enabled).update(enabled=True)


@pytest.fixture
def every_second(db):
    return IntervalSchedule.objects.create(every=1, period=IntervalSchedule.SECONDS)


def expired_in(name):
    """A consignment of a bar of its own, whose time is over: three bottles of its 24."""
    bar = factories.bar(name)
    koffi = factories.member(bar, f"koffi of {name}", "manager")
    beer = factories.product(bar, "Beaufort", stock=24)
    line = factories.sale(koffi, {beer.pk: 3}).lines.get()
    return factories.kept(koffi, line, 3, at=timezone.now() - timedelta(days=91))


def told(kept):
    """What the pages of the bar have heard of it."""
    events = [event for _, frame in frames_in_log(f"bar.{kept.bar_id}") for event in frame]
    return [data["status"] for kind, data in events if kind == "consignment.changed"]


def is_gone(pid):
    with session() as watcher:
        return not watcher.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchall()


def effect(kept):
    return told(kept), shelf(kept.line.product)


def test_f22_a_job_whose_worker_is_killed_in_the_middle_is_kept_and_done_once(jobs):
    """The schedule asks again sooner than the killed job comes back, which finds nothing left to do."""
    done, held = sorted((expired_in("Chez Yao"), expired_in("Chez Abla")), key=lambda kept: kept.bar_id)
    worker = jobs.start_worker()
    with holding_product(held.line.product) as gate:
        jobs.send(EXPIRE)
        [backend] = gate.wait_for(1, seconds=60)
        end(worker, signal.SIGKILL)
        gate.open()
    jobs.wait_until(lambda: is_gone(backend))
    assert (effect(done), told(held), jobs.taken()) == (ONCE, ["active"], 1)

    expire_kept_bottles()  # the next hour's
    assert jobs.taken() == 1

    jobs.let_an_hour_pass()
    jobs.start_worker()
    jobs.wait_until(jobs.are_done)

    assert (effect(done), effect(held)) == (ONCE, ONCE)


def test_f23_two_beats_ask_twice_and_it_is_done_once(jobs, schedule, every_second):
    held = expired_in("Chez Yao")
    schedule.create(name="twice", task=EXPIRE, interval=every_second)
    beats = [jobs.start_beat() for _ in range(2)]
    jobs.wait_until(lambda: set(jobs.waiting(EXPIRE)) == {beat.pid for beat in beats})
    for beat in beats:
        end(beat, signal.SIGKILL)

    with holding_product(held.line.product) as gate:
        jobs.start_worker()
        gate.wait_for(1, seconds=60)
        jobs.wait_until(lambda: not jobs.waiting(EXPIRE) and jobs.taken() == 1)  # the others passed it by
        assert told(held) == ["active"]
        gate.open()
    jobs.wait_until(jobs.are_done)

    assert effect(held) == ONCE


def test_f23_a_schedule_that_stood_still_for_days_asks_once_for_all_that_it_missed(jobs, schedule, every_second):
    """What it asks each second tells that it runs; the other is due each hour, and not while this test runs."""
    now = timezone.now()
    each_hour = CrontabSchedule.objects.create(minute=(now.minute + 30) % 60, hour="*", timezone="UTC")
    schedule.create(name="missed", task=EXPIRE, crontab=each_hour, last_run_at=now - timedelta(days=2))
    schedule.create(name="tick", task=TICK, interval=every_second)

    for beats in (1, 2):  # and again after a restart
        beat = jobs.start_beat()
        jobs.wait_until(lambda: jobs.waiting(TICK).count(beat.pid) > 1)  # noqa: B023 - awaited here
        beat.terminate()
        beat.wait(60)  # it writes down what it has sent
        assert len(jobs.waiting(EXPIRE)) == 1, beats
