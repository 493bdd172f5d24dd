"""The operators' page: what the servers do, live."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from realtime.models import Switch
from realtime.operators import check_operator

EMERGENCY = Switch.Name.EMERGENCY_POLLING


@require_safe
def monitor(request: HttpRequest) -> HttpResponse:
    """Raises NotAllowed for staff who aren't operators."""
    check_operator(request.user)
    context = admin.site.each_context(request) | {"title": _("Monitor"), "switch": address_of_switch()}
    return TemplateResponse(request, "admin/monitor.html", context)


def address_of_switch() -> str:
    """Where emergency polling is switched: its row, or the form that makes it."""
    if Switch.objects.filter(pk=EMERGENCY).exists():
        return reverse("admin:realtime_switch_change", args=[EMERGENCY])
    return f"{reverse('admin:realtime_switch_add')}?name={EMERGENCY}"
