"""Pages of figures: first paint from the database, then kept live by the feed."""

from datetime import timedelta
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bars.access import membership
from bars.days import EARLIEST
from bars.models import Bar
from bars.money import exponent
from bars.permissions import Permission
from realtime.errors import NotAllowed, Problem
from realtime.snapshot import snapshot
from sales.figures import average_basket
from sales.views.asked import read_day
from stats import queries
from stats.figures.asking import rows_of_figure
from stats.figures.catalogue import FIGURES
from stats.figures.shown import cells
from stats.figures.spans import PERIODS, running_date, span_of
from stats.texts import period_labels, tonight_texts
from stock.files.sheets import Format

A_DAY = timedelta(days=1)


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
def figures(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """A figure of a period as a table: revenue by day of this week unless another is asked. Raises Problem."""
    member = membership(request.user, bar_id, Permission.ANALYTICS)
    bar, asked = member.bar, request.GET
    mine = {name: one for name, one in FIGURES.items() if all(map(member.can, one.needs))}
    figure = mine.get(asked.get("name") or "days")
    period = asked.get("period") or "week"
    if figure is None or period not in PERIODS:
        raise Problem(_("There is no such figure or period."))
    today = running_date(bar)
    on = read_day(asked.get("on", "")) or today
    days = span_of(today, period=PERIODS[period], on=on)
    language = get_language() or "fr"
    rows = rows_of_figure(figure, bar, days, today)
    context = {
        "member": member,
        "bar": bar,
        "figures": mine.values(),
        "figure": figure,
        "periods": period_labels(),
        "period": period,
        "on": on,
        "today": today,
        "days": days,
        "earlier": days.first - A_DAY if days.first > EARLIEST else None,
        "later": days.last + A_DAY if days.last < today else None,
        "rows": [cells(figure.columns, row, bar.currency, language) for row in rows],
        "kinds": list(Format),
    }
    return render(request, "stats/figures.html", context)


@require_safe
@login_required
def platform(request: HttpRequest) -> HttpResponse:
    """Figures over all bars, for operators."""
    if not request.user.is_superuser:
        raise NotAllowed(_("For operators of the platform."))
    currencies = Bar.objects.values_list("currency", flat=True).distinct().order_by("currency")
    context = {"figures": queries.platform(), "digits": {currency: exponent(currency) for currency in currencies}}
    return render(request, "stats/platform.html", context)
