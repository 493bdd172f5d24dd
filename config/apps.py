from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import checks, collectors  # noqa: F401 - `manage.py check --deploy` asks the checks

        collectors.start()

        # Sent once the tables of jobs are there too.
        post_migrate.connect(create_missing_jobs, sender=apps.get_app_config("django_celery_beat"))


def create_missing_jobs(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """Put the jobs of config/schedule.py into the database where they are missing."""
    from django_celery_beat.models import CrontabSchedule, PeriodicTask

    from config.schedule import JOBS

    known = set(PeriodicTask.objects.using(using).values_list("name", flat=True))
    for job in JOBS:
        if job.name not in known:
            hours, _ = CrontabSchedule.objects.using(using).get_or_create(
                minute=job.minute, hour=job.hour, day_of_week="*", day_of_month="*", month_of_year="*", timezone="UTC"
            )
            PeriodicTask.objects.using(using).create(name=job.name, task=job.task, crontab=hours, description=job.why)
