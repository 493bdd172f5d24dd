"""Periodic work. Its hours, with the reasons, stand in config/schedule.py."""

from celery import shared_task

from bars.services.guessing import forget_guesses
from bars.services.sessions import forget_expired
from realtime import clock


@shared_task
def forget_expired_sign_ins() -> int:
    now = clock.now()
    return forget_expired(now) + forget_guesses(now)
