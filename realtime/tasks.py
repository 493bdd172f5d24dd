"""Periodic work. Its hours, with the reasons, stand in config/schedule.py."""

from celery import shared_task

from realtime import clock, notifications, retention


@shared_task
def empty_next_slot() -> str:
    return retention.empty_next_slot()


@shared_task
def forget_old_notifications() -> int:
    return notifications.forget_old(clock.now())
