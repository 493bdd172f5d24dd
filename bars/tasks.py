"""Periodic work. Its hours, with the reasons, stand in config/schedule.py."""

from celery import shared_task
from django.utils import timezone

from bars.services.guessing import forget_guesses
from bars.services.sessions import forget_expired


@shared_task
def forget_expired_sign_ins() -> int:
    now = timezone.now()
    return forget_expired(now) + forget_guesses(now)
