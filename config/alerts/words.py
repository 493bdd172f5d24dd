"""An alert in words: for a page in its reader's language, for mail and webhooks in all that we speak."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext, override

from bars.models import Bar
from config.alerts.rules import BY_NAME, Rule, Unit
from config.models import Alert, Notice

BAR = "bar."
RUNBOOK = "docs/runbook.md"


def figure(rule: Rule, value: float) -> str:
    """A figure of a rule, with its unit; nothing where it says only that it is so."""
    if rule.unit == Unit.SECONDS:
        return f"{three_digits(value)} s"
    if rule.unit == Unit.HOURS:
        return f"{three_digits(value)} h"
    if rule.unit == Unit.SHARE:
        return f"{three_digits(100 * value)} %"
    return f"{value:.0f}" if rule.unit == Unit.COUNT else ""


def three_digits(value: float) -> str:
    return localize(float(f"{value:.3g}"))


def names_of(alerts: Iterable[Alert]) -> dict[str, str]:
    """What to call each subject: a bar by its name."""
    subjects = {alert.subject for alert in alerts}
    bars = Bar.objects.in_bulk([key for one in subjects if (key := bar_of(one))])
    return {one: bars[key].name if (key := bar_of(one)) in bars else one for one in subjects}


def bar_of(subject: str) -> UUID | None:
    try:
        return UUID(subject.removeprefix(BAR)) if subject.startswith(BAR) else None
    except ValueError:
        return None


def title(notice: Notice) -> str:
    """One line, in the active language."""
    alert = notice.alert
    rule = BY_NAME[alert.rule]
    name = names_of([alert])[alert.subject]
    told = gettext("Alert") if notice.about == Notice.About.OPENED else gettext("Over")
    what = ", ".join(filter(None, [gettext(rule.title), name, figure(rule, alert.value)]))
    return " ".join(f"BarTender – {told} – {what}".split())


def text(notice: Notice) -> str:
    """What a person reads: the title, and what to do while it lasts."""
    advice = gettext(BY_NAME[notice.alert.rule].what_to_do) if notice.about == Notice.About.OPENED else ""
    return "\n".join(filter(None, [title(notice), advice]))


def in_all_languages(notice: Notice) -> dict[str, str]:
    """`text` by language, the site's own first."""
    found = {}
    for language in sorted(dict(settings.LANGUAGES), key=lambda one: one != settings.LANGUAGE_CODE):
        with override(language):
            found[language] = text(notice)
    return found


def page() -> str:
    return f"{settings.TRUSTED_ORIGINS[0]}{reverse('office_alerts')}" if settings.TRUSTED_ORIGINS else ""


def runbook(rule: Rule) -> str:
    return f"{RUNBOOK}#{rule.heading}"


def as_mail(notice: Notice) -> tuple[str, str]:
    """Subject and body."""
    with override(settings.LANGUAGE_CODE):
        subject = title(notice)
    return subject, "\n\n".join([*in_all_languages(notice).values(), page(), runbook(BY_NAME[notice.alert.rule])])


def as_payload(notice: Notice) -> dict[str, Any]:
    """For a webhook; `text` is what chat programs show, and `id` is the same however often it is sent."""
    alert, rule = notice.alert, BY_NAME[notice.alert.rule]
    texts = in_all_languages(notice)
    return {
        "id": f"{alert.pk}-{notice.about}",
        "event": notice.about,
        "rule": rule.name,
        "subject": alert.subject,
        "severity": rule.severity,
        "value": alert.value,
        "threshold": rule.threshold,
        "since": alert.since.isoformat(),
        "opened_at": alert.opened_at.isoformat() if alert.opened_at else None,
        "ended_at": alert.ended_at.isoformat() if notice.about == Notice.About.ENDED and alert.ended_at else None,
        "text": texts[settings.LANGUAGE_CODE],
        "texts": texts,
        "page": page(),
        "runbook": runbook(rule),
    }
