"""Every periodic job on one screen: its task, its hours in UTC, and why then.

Data only. After each migrate the missing ones are created in the database, where operators may
change them; what they changed is never overwritten (so Celery's own beat_schedule stays empty).
"""

from typing import NamedTuple


class Job(NamedTuple):
    name: str
    task: str
    minute: str
    hour: str
    why: str


JOBS = (
    Job("light views", "stats.tasks.refresh_light_views", "5", "3-17", "bars open at 18h: by day, when nobody sells"),
    Job(
        "activity decays", "stats.tasks.decay_activity", "*/5", "*", "the window of 5 minutes slides without sales too"
    ),
    Job(
        "activity rebuilt",
        "stats.tasks.rebuild_activity",
        "40",
        "4",
        "after the last close, in case a decay was missed",
    ),
    Job(
        "pending sales expire",
        "sales.tasks.expire_pending_sales",
        "*/10",
        "*",
        "each bar closes at its own hour in its own zone, some of which are half an hour off",
    ),
    Job(
        "consignments expire",
        "sales.tasks.expire_kept_bottles",
        "20",
        "*",
        "each hour is exact enough for days; not on the hour, when most other jobs start",
    ),
    Job(
        "expired sign-ins",
        "bars.tasks.forget_expired_sign_ins",
        "5",
        "5",
        "they sign nobody in; after the last close, when few are signed in at all",
    ),
    Job(
        "old notifications",
        "realtime.tasks.forget_old_notifications",
        "50",
        "4",
        "after the last close; what is a month old is news to nobody",
    ),
    Job(
        "old events",
        "realtime.tasks.empty_next_slot",
        "50",
        "3-10",
        "once is enough for a day; who reads the slot at that moment isn't waited for: try again in an hour",
    ),
)
