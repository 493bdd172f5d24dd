"""The page of alerts: those that are open, the last hundred, and every rule with its part of the runbook."""

import re
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config.alerts.looking import last_look
from config.alerts.rules import BY_NAME, PAGE, Rule
from config.alerts.words import RUNBOOK, figure, names_of
from config.models import Alert
from config.office.views import of_operators, shown
from realtime import clock

MOST = 100  # of those that are over
LATE = timedelta(minutes=3)  # since the last look: worker, beat or Valkey is away


class Shown(NamedTuple):
    """An alert for people; `untold` is how many tellings of it have failed so far and are due still."""

    alert: Alert
    title: str
    name: str
    figure: str
    rule: str
    what_to_do: str
    is_urgent: bool
    untold: int


class Explained(NamedTuple):
    """A rule for people."""

    name: str
    title: str
    threshold: str
    minutes: int
    what_to_do: str
    runbook: str


@of_operators
@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """What is wrong now, what was, and what to do about it."""
    told = Alert.objects.filter(opened_at__isnull=False).annotate(
        untold=Count("notices", filter=Q(notices__told_at=None, notices__tries__gt=0))
    )
    found = [*told.filter(ended_at=None), *told.exclude(ended_at=None).order_by("-ended_at", "-pk")[:MOST]]
    listed = described(found)
    looked_at = last_look()
    context = {
        "open": [one for one in listed if one.alert.ended_at is None],
        "over": [one for one in listed if one.alert.ended_at is not None],
        "rules": [explained(rule) for rule in BY_NAME.values()],
        "looked_at": looked_at,
        "is_late": looked_at is None or clock.now() - looked_at > LATE,
        "emails": len(settings.ALERT_EMAILS),
        "has_webhook": bool(settings.ALERT_WEBHOOK),
    }
    return shown(request, "alerts", _("Alerts"), context)


def described(found: Iterable[Any]) -> list[Shown]:
    """Alerts in the page's language; of a rule that is no more only its name is left."""
    names = names_of(found)
    listed = []
    for alert in found:
        rule = BY_NAME.get(alert.rule)
        title, advice = (gettext(rule.title), gettext(rule.what_to_do)) if rule else (alert.rule, "")
        value = figure(rule, alert.value) if rule else ""
        is_urgent = bool(rule and rule.severity == PAGE)
        listed.append(Shown(alert, title, names[alert.subject], value, alert.rule, advice, is_urgent, alert.untold))
    return listed


def explained(rule: Rule) -> Explained:
    text = runbook().get(rule.heading, "")
    return Explained(
        rule.name, gettext(rule.title), figure(rule, rule.threshold), rule.minutes, gettext(rule.what_to_do), text
    )


@cache
def runbook() -> dict[str, str]:
    """The parts of docs/runbook.md by their headings; none where it wasn't installed."""
    path = settings.BASE_DIR / RUNBOOK
    parts = re.split(r"^## (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE) if path.exists() else [""]
    return {slug(heading): text.strip() for heading, text in zip(parts[1::2], parts[2::2], strict=True)}


def slug(heading: str) -> str:
    """A heading's address, as a page of Markdown has it."""
    return re.sub(r"[^a-z0-9-]", "", heading.lower().replace(" ", "-"))
