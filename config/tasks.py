"""Periodic work. Its hours, with the reasons, stand in config/schedule.py."""

from celery import shared_task

from config.alerts.looking import look_at_everything
from realtime import clock, metering


@shared_task(expires=50)  # after an hour without a worker one look is enough
def look_at_alerts() -> bool:
    return look_at_everything(clock.now())


@shared_task
def forget_old_usage() -> int:
    return metering.forget_old(clock.now().date())
