"""Every periodic job on one screen: its task, its hours in UTC, and why then.

Data only. After each migrate the missing ones are created in the database, where operators may
change them; what they changed is never overwritten (so Celery's own beat_schedule stays empty).

What has one hour a day has 4: when beat has been away, it looks at jobs of another hour only within two hours of it.
"""

from typing import NamedTuple

from django.utils.translation import gettext_noop as _


class Job(NamedTuple):
    name: str
    task: str
    minute: str
    hour: str
    why: str


JOBS = (
    Job(
        "alerts",
        "config.tasks.look_at_alerts",
        "*",
        "*",
        _("what is wrong is told within minutes; a look that comes while another is under way does nothing"),
    ),
    Job(
        "light views",
        "stats.tasks.refresh_light_views",
        "5",
        "*",
        _("looks each hour, and works off-peak: from 3h to 17h on the bars' own clocks (stats/off_peak.py)"),
    ),
    Job(
        "heavy views",
        "stats.tasks.refresh_heavy_views",
        "15",
        "*",
        _("looks each hour, and works at 4h and 16h where most bars are: after the evening, and before the next"),
    ),
    Job(
        "views looked after",
        "stats.tasks.look_after_views",
        "45",
        "*",
        _("a view grows old by day and by night; after both refreshes of the hour"),
    ),
    Job(
        "activity decays",
        "stats.tasks.decay_activity",
        "*/5",
        "*",
        _("the window of 5 minutes slides without sales too"),
    ),
    Job(
        "activity rebuilt",
        "stats.tasks.rebuild_activity",
        "40",
        "4",
        _("after the last close, in case a decay was missed"),
    ),
    Job(
        "pending sales expire",
        "sales.tasks.expire_pending_sales",
        "*/10",
        "*",
        _("each bar closes at its own hour in its own zone, some of which are half an hour off"),
    ),
    Job(
        "consignments expire",
        "sales.tasks.expire_kept_bottles",
        "20",
        "*",
        _("each hour is exact enough for days; not on the hour, when most other jobs start"),
    ),
    Job(
        "days of sales",
        "sales.tasks.count_days",
        "25",
        "*",
        _("a bar where somebody sells at that moment is left to the next hour; nothing is wrong meanwhile"),
    ),
    Job(
        "expired sign-ins",
        "bars.tasks.forget_expired_sign_ins",
        "55",
        "4",
        _("they sign nobody in; after the last close, when few are signed in at all"),
    ),
    Job(
        "old notifications",
        "realtime.tasks.forget_old_notifications",
        "50",
        "4",
        _("after the last close; what is a month old is news to nobody"),
    ),
    Job(
        "old usage",
        "config.tasks.forget_old_usage",
        "55",
        "4",
        _("after the last close; a bar's costs of thirteen months ago are compared with nothing"),
    ),
    Job(
        "old events",
        "realtime.tasks.empty_next_slot",
        "50",
        "3-10",
        _("once is enough for a day; who reads the slot at that moment isn't waited for: try again in an hour"),
    ),
)
