"""The admin's name, who sees the schedules, and which bars get a feature.

Whoever edits a schedule runs any task with any arguments: not for staff with a permission, only for superusers.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.widgets import FilteredSelectMultiple
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from bars.models import Bar
from realtime.acting import SignedAdmin
from realtime.models import Feature
from realtime.operators import is_operator


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


class FeatureForm(forms.ModelForm):
    """The keys of a feature are bars, by their names."""

    bars = forms.ModelMultipleChoiceField(
        Bar.objects.all(), required=False, label=_("always for"), widget=FilteredSelectMultiple(_("bars"), False)
    )

    class Meta:
        model = Feature
        fields = ("name", "share", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bars"].initial = self.instance.keys

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        self.instance.keys = [bar.pk for bar in self.cleaned_data.get("bars", ())]
        return cleaned


@admin.register(Feature)
class FeatureAdmin(SignedAdmin):
    """For operators alone."""

    form = FeatureForm
    fields = ("name", "share", "bars", "note")
    list_display = ("name", "share", "note", "changed_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Feature | None = None) -> tuple[str, ...]:
        return ("name",) if obj else ()  # another name would be another feature

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_operator(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Feature | None = None) -> bool:
        return is_operator(request.user)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


admin.site.site_header = admin.site.site_title = "BarTender"
