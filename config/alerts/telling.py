"""Tells of alerts by e-mail and webhook: each notice once, later where it can't be told now.

Told means that the other side has taken it. A process that dies between that and our own COMMIT tells again: a webhook
knows it by its `id`.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
from django.conf import settings
from django.core.mail import send_mail

from config.alerts.rules import BY_NAME
from config.alerts.words import as_mail, as_payload
from config.models import Notice

logger = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds
NEWS = timedelta(days=1)  # what is older is told to nobody any more


def send_by_mail(notice: Notice) -> None:
    subject, body = as_mail(notice)
    send_mail(subject, body, None, settings.ALERT_EMAILS)


def post(notice: Notice) -> None:
    """What it answers isn't read."""
    with httpx.stream("POST", settings.ALERT_WEBHOOK, json=as_payload(notice), timeout=PATIENCE) as answer:
        if not answer.is_success:
            raise NotTaken(answer.status_code)


class NotTaken(Exception):
    """A webhook has answered with another status than 2xx."""


WAYS: dict[str, Callable[[Notice], None]] = {Notice.Way.MAIL: send_by_mail, Notice.Way.WEBHOOK: post}


def is_configured(way: str) -> bool:
    return bool({Notice.Way.MAIL: settings.ALERT_EMAILS, Notice.Way.WEBHOOK: settings.ALERT_WEBHOOK}[Notice.Way(way)])


def tell(now: datetime) -> None:
    """Tell what is due, in its order. A way that fails is left alone until the next look."""
    for way, send in WAYS.items():
        due = Notice.objects.filter(way=way, told_at=None, due_since__gt=now - NEWS, alert__rule__in=BY_NAME)
        for notice in due.select_related("alert").order_by("pk") if is_configured(way) else ():
            if not is_told(notice, send, now):
                break


def is_told(notice: Notice, send: Callable[[Notice], None], now: datetime) -> bool:
    notice.tries += 1
    try:
        send(notice)
    except Exception as error:  # its words may hold the address, which is a secret
        logger.warning("alert %s could not be told by %s: %s", notice.alert_id, notice.way, type(error).__name__)
    else:
        notice.told_at = now
    notice.save(update_fields=["tries", "told_at"])
    return notice.told_at is not None
