"""The operators' pages of the admin. Each raises NotAllowed for staff who aren't operators."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_celery_beat.models import PeriodicTask

from bars.models import Bar, User
from bars.streams import MOST_LIVE
from config.office import statements
from config.office.acts import Act, asked
from config.office.schedules import planned
from config.office.trail import Wanted, trail
from realtime import clock
from realtime.acting import signed
from realtime.errors import NotFound, Problem
from realtime.features import has
from realtime.limits import MOST_OF_A_PERSON
from realtime.models import Feature, Switch
from realtime.operators import check_operator
from realtime.read_only import page_number
from stats.models import RefreshLog, ViewMetrics
from stats.services import VIEWS
from stats.tasks import refresh_one_view

MOST_RECENT = 20  # refreshes
View = Callable[..., HttpResponse]


def of_operators(view: View) -> View:
    """The same page inside the admin's frame, for nobody else."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        check_operator(request.user)
        return view(request, *args, **kwargs)

    return admin.site.admin_view(checked)


def shown(request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
    whole = admin.site.each_context(request) | {"title": title, "page": name} | context
    return TemplateResponse(request, f"admin/office_{name}.html", whole)


@of_operators
@require_safe
def views(request: HttpRequest) -> HttpResponse:
    """How the materialised views fare."""
    context = {"metrics": ViewMetrics.objects.all(), "refreshes": RefreshLog.objects.all()[:MOST_RECENT]}
    return shown(request, "views", _("View metrics"), context)


@of_operators
@require_http_methods(["GET", "HEAD", "POST"])
def refresh(request: HttpRequest, view: str) -> HttpResponse:
    if view not in VIEWS:
        raise NotFound(_("There is no such view."))
    act = Act(
        title=_("Refresh %(view)s") % {"view": view},
        words=_("The worker refreshes it now, beside its readers. In the evening that costs the bars some speed."),
        verb=_("Refresh now"),
        done=_("The worker has been asked: the log below shows when it is done."),
        back="office_views",
        do=lambda: refresh_one_view.apply_async((view,), retry=False),
    )
    return asked(request, act, about=ViewMetrics.objects.filter(pk=view).first())


@of_operators
@require_safe
def queries(request: HttpRequest) -> HttpResponse:
    """The statements that cost most, or why they aren't counted. Raises Problem."""
    order = request.GET.get("by") or "total"
    if order not in statements.ORDERS:
        raise Problem(_("There is no such order."), field="by")
    try:
        found = statements.statements(order)
        context = {"statements": found, "since": statements.counted_since(), "may_reset": statements.may_reset()}
    except statements.NotCounted:
        context = {"is_missing": True}
    orders = [("total", _("Total time")), ("mean", _("Mean time")), ("calls", _("Calls"))]
    return shown(request, "queries", _("Slow queries"), context | {"by": order, "orders": orders})


@of_operators
@require_http_methods(["GET", "HEAD", "POST"])
def reset_queries(request: HttpRequest) -> HttpResponse:
    act = Act(
        title=_("Empty the counters of queries"),
        words=_("All that was counted so far is forgotten, for every operator."),
        verb=_("Empty"),
        done=_("Counting begins anew."),
        back="office_queries",
        do=statements.reset,
    )
    return asked(request, act)


@of_operators
@require_safe
def schedules(request: HttpRequest) -> HttpResponse:
    """The periodic jobs."""
    return shown(request, "schedules", _("Schedules"), {"jobs": planned(clock.now())})


@of_operators
@require_http_methods(["GET", "HEAD", "POST"])
def switch_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    task = get_object_or_404(PeriodicTask, pk=pk)

    def flip() -> None:
        task.enabled = not task.enabled
        task.save()

    if task.enabled:
        title, verb = _("Switch off %(name)s"), _("Switch off")
        words = _("Beat starts it no more until somebody switches it on again.")
    else:
        title, verb = _("Switch on %(name)s"), _("Switch on")
        words = _("Beat starts it at its next hour.")
    act = Act(title % {"name": task.name}, words, verb, _("Done: beat knows within seconds."), "office_schedules", flip)
    return asked(request, act, about=task)


@of_operators
@require_safe
def flags(request: HttpRequest) -> HttpResponse:
    """Switches, features that only some bars have, and the limits of this installation."""
    switched = {switch.name: switch for switch in Switch.objects.all()}
    bars = list(Bar.objects.filter(is_active=True))
    features = [(one, [bar for bar in bars if has(one, bar.pk)]) for one in Feature.objects.all()]
    context = {
        "switches": [(name, label, switched.get(name)) for name, label in Switch.Name.choices],
        "features": features,
        "bars": len(bars),
        "limits": limits(),
    }
    return shown(request, "flags", _("Flags"), context)


def limits() -> list[tuple[str, int | float, str]]:
    """The limits by their names, with what each counts. Those in capitals are set in the environment."""
    return [
        ("RATE_LIMIT", settings.RATE_LIMIT, _("requests of a person to the API in 15 minutes")),
        ("HANDSHAKE_LIMIT", settings.HANDSHAKE_LIMIT, _("WebSockets that a person opens in 15 minutes")),
        (
            "MOST_LIVE_OF_AN_ADDRESS",
            settings.MOST_LIVE_OF_AN_ADDRESS,
            _("live connections of one address without signing in"),
        ),
        ("MOST_OF_A_PERSON", MOST_OF_A_PERSON, _("live connections of one person")),
        ("MOST_LIVE", MOST_LIVE, _("live connections to one bar; more people than that poll")),
    ]


@of_operators
@require_http_methods(["GET", "HEAD", "POST"])
def flip_switch(request: HttpRequest, name: str) -> HttpResponse:
    if name not in Switch.Name.values:
        raise NotFound(_("There is no such switch."))
    switch = Switch.objects.filter(pk=name).first() or Switch(name=name)
    goes_on = not switch.is_on

    def flip() -> None:
        switch.is_on = goes_on
        with signed(request):
            switch.save()

    if goes_on:
        title, verb = _("Switch on %(name)s"), _("Switch on")
        words = _("From now on: %(label)s.") % {"label": switch.get_name_display()}
    else:
        title, verb = _("Switch off %(name)s"), _("Switch off")
        words = _("Everything goes on as usual.")
    act = Act(title % {"name": name}, words, verb, _("Done: the servers know within seconds."), "office_flags", flip)
    return asked(request, act, about=switch)


@of_operators
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """Who changed what, of one person, bar or day. Raises Problem or NotFound."""
    given = request.GET
    person = found_person(given.get("person", "").strip())
    bar = found_bar(given.get("bar", ""))
    day = read_day(given.get("day", ""))
    number = page_number(given.get("p", ""))
    changes, has_older = trail(Wanted(person.pk if person else None, bar.pk if bar else None, day), number)
    asked_for = given.copy()
    asked_for.pop("p", None)
    context = {
        "changes": changes,
        "bars": Bar.objects.order_by("name").values_list("pk", "name"),
        "person": person.username if person else "",
        "bar": bar,
        "day": day,
        "number": number,
        "older": number + 1 if has_older else 0,
        "query": asked_for.urlencode(),
    }
    return shown(request, "audit", _("Audit trail"), context)


def found_person(name: str) -> User | None:
    """Raises NotFound."""
    if not name:
        return None
    person = User.objects.filter(username__iexact=name).first()
    if person is None:
        raise NotFound(_("There is no such person."))
    return person


def found_bar(text: str) -> Bar | None:
    """Raises NotFound."""
    try:
        return Bar.objects.get(pk=UUID(text)) if text else None
    except (ValueError, Bar.DoesNotExist):
        raise NotFound(_("There is no such bar.")) from None


def read_day(text: str) -> Any:
    """Raises Problem."""
    try:
        day = parse_date(text) if text else None
    except ValueError:
        day = None
    if text and day is None:
        raise Problem(_("This is not a date: write it as 2026-11-21."), field="day")
    return day
