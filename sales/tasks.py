"""Periodic work. Its hours, with the reasons, stand in config/schedule.py."""

from celery import shared_task

from realtime import clock
from sales.services import counting
from sales.services.consignments import expire_consignments
from sales.services.expiring import expire_sales


@shared_task
def expire_pending_sales() -> int:
    return expire_sales(clock.now())


@shared_task
def expire_kept_bottles() -> int:
    return expire_consignments(clock.now())


@shared_task
def count_days() -> int:
    return counting.count_days()
