"""Periodic work. Its hours, with the reasons, stand in config/schedule.py."""

from celery import shared_task

from realtime import clock
from stats import services


@shared_task
def refresh_light_views() -> None:
    services.refresh_light_views(clock.now())


@shared_task
def refresh_heavy_views() -> None:
    services.refresh_heavy_views(clock.now())


@shared_task
def refresh_one_view(view: str) -> None:
    """What an operator asks for, whatever the hour."""
    services.refresh_view(view)


@shared_task
def look_after_views() -> list[str]:
    return services.look_after_views()


@shared_task
def decay_activity() -> None:
    services.decay_activity(clock.now())


@shared_task
def rebuild_activity() -> None:
    services.rebuild_activity(clock.now())
