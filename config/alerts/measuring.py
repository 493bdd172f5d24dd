"""What the rules measure: figures by subject, read when first asked for and then shared by the rules of one look."""

import shutil
import time
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Count

from config.backups.noting import is_wal_received, unsaved_since
from config.models import TakenBackup
from realtime.monitor import Report, added, is_emergency, limit_of, web_reports
from realtime.relay_status import relay_status
from realtime.timings import Timing, timings_of
from realtime.valkey import Away
from realtime.valkey_threads import valkey
from sales.models import Sale
from stats.models import ViewMetrics

Figures = dict[str, float]

MINUTES = 5  # of requests that are looked at together
LEAST = 20  # requests, or a part of them says nothing
LOOKS, BETWEEN = 20, 0.05  # at the sessions of Postgres, seconds
REVIEW = timedelta(hours=24)  # in which a bar decides on a sale that was kept for review
GIGABYTE = 1_000_000_000
HOUR = timedelta(hours=1)
ACTIVITY = "SELECT running, taken, oldest, idle FROM config_activity()"


class Activity(NamedTuple):
    """As in sql/activity_v1.sql."""

    running: int
    taken: float
    oldest: float
    idle: float


class Look:
    """One look at everything. What can't be read raises for each rule that needs it; without Valkey that is Away."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    @cached_property
    def timings(self) -> dict[str, Timing]:
        return timings_of(MINUTES, self.now.timestamp())

    @cached_property
    def activity(self) -> list[Activity]:
        """Twenty looks within a second: nothing counts the processor's time for a client to read."""
        return [activity(pause=BETWEEN if number else 0) for number in range(LOOKS)]

    @cached_property
    def relay(self) -> dict[str, Any]:
        return relay_status()

    @cached_property
    def reports(self) -> list[Report]:
        found = web_reports()
        if valkey.is_away:
            raise Away
        return found

    # Requests and sockets

    def most_of(self, kind: str, part: float) -> Figures:
        """Seconds within which this part of them was done; nothing where there were too few."""
        timing = self.timings.get(kind, Timing())
        return {"": timing.most_of(part)} if timing.total >= LEAST else {}

    def slow_requests(self) -> Figures:
        return self.most_of("requests", 0.95)

    def slow_sales(self) -> Figures:
        return self.most_of("sales", 0.99)

    def slow_connects(self) -> Figures:
        return self.most_of("sockets", 0.95)

    def share_failed(self, kind: str) -> Figures:
        timing = self.timings.get(kind, Timing())
        return {"": timing.failed / timing.total} if timing.total >= LEAST else {}

    def errors(self) -> Figures:
        return self.share_failed("requests")

    def sale_errors(self) -> Figures:
        return self.share_failed("sales")

    # Postgres and the disk

    def database_cpu(self) -> Figures:
        """Sessions that run on a processor, against the processors of the server: above 1 they wait for one another."""
        return {"": sum(one.running for one in self.activity) / LOOKS / settings.DATABASE_CORES}

    def database_connections(self) -> Figures:
        return {"": max(one.taken for one in self.activity)}

    def long_transaction(self) -> Figures:
        return {"": self.activity[-1].oldest}

    def idle_transaction(self) -> Figures:
        return {"": self.activity[-1].idle}

    def storage(self) -> Figures:
        """The disk of DATA_DIR, and the database against what it may fill, where that is said."""
        folder = next(one for one in (settings.DATA_DIR, *settings.DATA_DIR.parents) if one.exists())
        disk = shutil.disk_usage(folder)
        figures = {"disk": disk.used / (disk.used + disk.free)}
        if settings.DATABASE_STORAGE:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_database_size(current_database())")
                figures["database"] = cursor.fetchone()[0] / (settings.DATABASE_STORAGE * GIGABYTE)
        return figures

    def old_backup(self) -> Figures:
        """Hours since the newest backup; where there is none, since the database began."""
        return {} if settings.DEBUG else {"": (self.now - unsaved_since()) / HOUR}

    def unreceived_wal(self) -> Figures:
        """Whether nobody receives what is written; of an installation that makes no backups the other rule speaks."""
        return {"": float(not is_wal_received())} if TakenBackup.objects.exists() else {}

    # Realtime

    def full_streams(self) -> Figures:
        """Live connections of each stream that has a limit, as a part of it."""
        crowds = added(one["streams"] for one in self.reports)
        return {name: count / limit for name, count in crowds.items() if (limit := limit_of(name))}

    def no_relay(self) -> Figures:
        relays = self.relay["relays"]
        if relays is None:
            raise Away
        return {"": float(not any(one["role"] == "leader" for one in relays))}

    def relay_behind(self) -> Figures:
        return {"": self.relay["oldest"]}

    def bell_queue(self) -> Figures:
        return {"": self.relay["queue"]}

    def emergency_polling(self) -> Figures:
        return {"": float(is_emergency())}

    # Figures and sales

    def failed_views(self) -> Figures:
        return {one.view: float(one.is_failing) for one in ViewMetrics.objects.all()}

    def old_views(self) -> Figures:
        return {one.view: float(one.is_old) for one in ViewMetrics.objects.all()}

    def unreviewed_sales(self) -> Figures:
        """Sales of each bar that wait for a decision for too long."""
        waiting = Sale.objects.filter(status=Sale.Status.NEEDS_REVIEW, received_at__lt=self.now - REVIEW)
        counts = waiting.order_by().values_list("bar").annotate(Count("pk"))
        return {f"bar.{bar}": float(count) for bar, count in counts}


def activity(pause: float = 0) -> Activity:
    """What the sessions of Postgres do, after a pause."""
    time.sleep(pause)
    with connection.cursor() as cursor:
        cursor.execute(ACTIVITY)
        return Activity(*cursor.fetchone())
