"""The page of what bars use and cost."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config.costs import DAYS, ORDERS, POLL_SECONDS
from config.costs import costs as found_costs
from config.office.views import of_operators, shown
from realtime import clock
from realtime.errors import Problem


@of_operators
@require_safe
def costs(request: HttpRequest) -> HttpResponse:
    """Each bar's thirty days, the most expensive first or by another column. Raises Problem."""
    order = request.GET.get("by") or "cost"
    if order not in ORDERS:
        raise Problem(_("There is no such order."), field="by")
    found = found_costs(clock.now().date(), order)
    labels = {
        "cost": _("$ a month"),
        "polling": _("$ if polling"),
        "requests": _("Requests"),
        "statements": _("SQL statements"),
        "messages": _("Messages"),
        "bytes": _("Bytes"),
        "seconds": _("Connection minutes"),
    }
    context = {
        "bars": found,
        "by": order,
        "orders": labels.items(),
        "days": DAYS,
        "poll": POLL_SECONDS,
        "target": settings.PRICES["target"],
        "cost": sum(one.cost for one in found),
        "polling": sum(one.polling for one in found),
    }
    return shown(request, "costs", _("Costs"), context)
