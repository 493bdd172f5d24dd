"""The Celery application. What runs when stands in config/schedule.py."""

import logging
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("bartender")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_handlers(loglevel: int, **kwargs: Any) -> None:
    """Celery takes the root logger for itself unless somebody listens here; of its own words it says what was asked."""
    logging.getLogger("celery").setLevel(loglevel)
