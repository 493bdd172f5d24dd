"""The periodic jobs with their hours, their reasons, and when each runs next."""

from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext
from django_celery_beat.models import PeriodicTask

from config.schedule import JOBS

WHY = {job.name: job.why for job in JOBS}


class Planned(NamedTuple):
    """A job; `next_run` is None while it is switched off."""

    task: PeriodicTask
    why: str
    next_run: datetime | None


def planned(now: datetime) -> list[Planned]:
    """Every job, the next to run first; those that are off last."""
    tasks = PeriodicTask.objects.select_related("crontab", "interval", "solar", "clocked")
    jobs = [Planned(task, why(task), next_run(task, now)) for task in tasks]
    return sorted(jobs, key=lambda job: (job.next_run is None, job.next_run or now, job.task.name))


def why(task: PeriodicTask) -> str:
    """The reason of one of our jobs in the page's language; of another what was written with it."""
    return gettext(WHY[task.name]) if task.name in WHY else task.description


def next_run(task: PeriodicTask, now: datetime) -> datetime | None:
    """When beat starts it next, by its schedule: at once where its moment has passed."""
    if not task.enabled:
        return None
    return now + max(task.schedule.remaining_estimate(task.last_run_at or now), now - now)
