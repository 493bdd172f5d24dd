"""Pages of figures: first paint from the database, then kept live by the feed."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from bars.access import membership
from bars.models import Bar
from bars.money import exponent
from bars.permissions import Permission
from realtime.errors import NotAllowed
from realtime.snapshot import snapshot
from stats import queries
from stats.figures import average_basket
from stats.texts import tonight_texts


@require_safe
@login_required
def tonight(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """The figures of the running business date."""
    member = membership(request.user, bar_id, Permission.ANALYTICS)
    stream = f"bar.{bar_id}"
    with snapshot([stream]) as at:
        figures, cursor = queries.tonight(member.bar), at.cursor(stream)
    context = {
        "member": member,
        "bar": member.bar,
        "figures": figures,
        "cursor": cursor,
        "business_date": parse_date(figures["business_date"]),
        "average": average_basket(figures["revenue"], figures["sales"]),
        "digits": exponent(member.bar.currency),
        "texts": tonight_texts(),
    }
    return render(request, "stats/tonight.html", context)


@require_safe
@login_required
def platform(request: HttpRequest) -> HttpResponse:
    """Figures over all bars, for operators."""
    if not request.user.is_superuser:
        raise NotAllowed("For operators of the platform.")
    currencies = Bar.objects.values_list("currency", flat=True).distinct().order_by("currency")
    context = {"figures": queries.platform(), "digits": {currency: exponent(currency) for currency in currencies}}
    return render(request, "stats/platform.html", context)
