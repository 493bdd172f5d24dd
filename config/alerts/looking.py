"""One look at every rule: what has been so for long enough opens, what has been calm for long enough ends.

An alert and what is due to be told of it are written in one transaction, a rule's own. A rule that can't be evaluated
leaves its alerts as they are and holds up no other.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from django.db import connection, transaction

from config.alerts.measuring import Figures, Look
from config.alerts.rules import BY_NAME, CALM, EARLY, RULES, UNMEASURED, Rule
from config.alerts.telling import is_configured, tell
from config.models import Alert, Notice
from realtime.valkey import Away, key
from realtime.valkey_threads import valkey

logger = logging.getLogger(__name__)

BEGIN = "SELECT pg_try_advisory_lock(hashtext('alerts'))"
END = "SELECT pg_advisory_unlock(hashtext('alerts'))"
LOOKED = ("alerts", "looked_at")


def look_at_everything(now: datetime) -> bool:
    """Evaluate every rule and tell what is due. False, and nothing done, while another look is under way."""
    with alone() as is_mine:
        if not is_mine:
            return False
        forget_unknown(now)
        look, failing = Look(now), {}
        for rule in RULES:
            failing[rule.name] = float(not is_settled(rule, look))
        settle(UNMEASURED, failing, now)
        with suppress(Away):
            valkey.ask(lambda client: client.set(key(*LOOKED), now.isoformat()))
        tell(now)
    return True


@contextmanager
def alone() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute(BEGIN)
        [is_mine] = cursor.fetchone()
        try:
            yield is_mine
        finally:
            if is_mine:
                cursor.execute(END)


def last_look() -> datetime | None:
    """When everything was looked at last; None where Valkey can't say."""
    try:
        found = valkey.ask(lambda client: client.get(key(*LOOKED)))
    except Away:
        return None
    return datetime.fromisoformat(found) if found else None


def forget_unknown(now: datetime) -> None:
    """End what rules have opened that are no longer: nothing would."""
    unknown = Alert.objects.filter(ended_at=None).exclude(rule__in=BY_NAME)
    unknown.filter(opened_at=None).delete()
    unknown.update(ended_at=now)


def is_settled(rule: Rule, look: Look) -> bool:
    """Evaluate one rule; False where it fails. What only Valkey knows stays as it is while Valkey is away."""
    try:
        with transaction.atomic():
            settle(rule, rule.measure(look), look.now)
    except Away:
        pass
    except Exception:
        logger.exception("the rule %s can't be evaluated", rule.name)
        return False
    return True


@transaction.atomic
def settle(rule: Rule, figures: Figures, now: datetime) -> None:
    """Bring a rule's alerts up to what was measured; a subject that wasn't is calm."""
    alerts = {alert.subject: alert for alert in Alert.objects.filter(rule=rule.name, ended_at=None)}
    for subject, value in figures.items():
        if value > rule.threshold and subject not in alerts:
            alerts[subject] = Alert(rule=rule.name, subject=subject, value=value, since=now)
    for subject, alert in alerts.items():
        follow(alert, rule, figures.get(subject), now)


def follow(alert: Alert, rule: Rule, value: float | None, now: datetime) -> None:
    """One alert with its latest figure, None for none."""
    alert.value = alert.value if value is None else value
    is_calm = value is None or value <= rule.ends_at
    alert.calm_since = (alert.calm_since or now) if is_calm else None
    if alert.opened_at is None and (value is None or value <= rule.threshold):
        alert.delete()  # it was suspected, and wasn't so for long enough
        return
    is_new = alert.opened_at is None and now - alert.since >= rule.lasting - EARLY
    is_over = alert.opened_at is not None and alert.calm_since is not None and now - alert.calm_since >= CALM - EARLY
    if is_new:
        alert.opened_at = now
    if is_over:
        alert.ended_at = now
    alert.save()
    if is_new or is_over:
        remember_to_tell(alert, now)


def remember_to_tell(alert: Alert, now: datetime) -> None:
    """Who was told that it opened is told that it has ended, and nobody else."""
    if alert.ended_at:
        about, ways = Notice.About.ENDED, list(alert.notices.values_list("way", flat=True))
    else:
        about, ways = Notice.About.OPENED, [way for way in Notice.Way.values if is_configured(way)]
    Notice.objects.bulk_create([Notice(alert=alert, about=about, way=way, due_since=now) for way in ways])
