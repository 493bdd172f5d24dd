"""The admin's name, and who sees the schedules.

Whoever edits a schedule runs any task with any arguments: not for staff with a permission, only for superusers.
"""

from typing import Any

from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.http import HttpRequest
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)


def of_superusers(given: type[admin.ModelAdmin]) -> type[admin.ModelAdmin]:
    """The same admin for nobody else."""

    def is_superuser(self: Any, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    names = ("module", "view", "add", "change", "delete")
    return type(given.__name__, (given,), {f"has_{name}_permission": is_superuser for name in names})


for model in (PeriodicTask, CrontabSchedule, IntervalSchedule, SolarSchedule, ClockedSchedule):
    try:
        given = type(admin.site.get_model_admin(model))
    except NotRegistered:
        continue
    admin.site.unregister(model)
    admin.site.register(model, of_superusers(given))

admin.site.site_header = admin.site.site_title = "BarTender"
