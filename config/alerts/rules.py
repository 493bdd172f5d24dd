"""Every rule on one screen: what is measured, above what it is too much, for how long, and what to do now.

Data only; each heading is one of docs/runbook.md. The thresholds of the seed are kept; the others are of
realtime/monitor.py and of the pages that have warned so far.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_noop as _

from config.alerts.measuring import Figures, Look


class Unit:
    """How a figure is written."""

    SECONDS, HOURS, SHARE, COUNT, STATE = "seconds", "hours", "share", "count", "state"


PAGE, WARNING = "page", "warning"  # somebody gets up; somebody looks today
ENDS_AT = 0.9  # of the threshold: what swings around it is one alert
CALM = timedelta(minutes=2)  # below that, until it has ended
EARLY = timedelta(seconds=10)  # that a look may be: they come a minute apart, but for what the worker had to do first


@dataclass(frozen=True)
class Rule:
    """`measure` finds a figure for each subject; above `threshold` for `minutes`, an alert opens."""

    name: str
    title: str
    measure: Callable[[Look], Figures]
    threshold: float
    unit: str
    minutes: int
    severity: str
    what_to_do: str

    @property
    def lasting(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    @property
    def ends_at(self) -> float:
        return ENDS_AT * self.threshold

    @property
    def heading(self) -> str:
        """Its heading's address in docs/runbook.md."""
        return self.name.replace("_", "-")


RULES = (
    Rule(
        "slow_requests", _("Pages are slow: 95 % of requests"), Look.slow_requests, 1.0, Unit.SECONDS, 5, WARNING,
        _("Look at the slow queries and the processor; add a web process if the database rests."),
    ),
    Rule(
        "slow_sales", _("Sales are slow: 99 % of them"), Look.slow_sales, 0.5, Unit.SECONDS, 5, PAGE,
        _("Look for a long transaction that holds products, then at the processor of the database."),
    ),
    Rule(
        "slow_connects", _("Live connections come slowly: 95 % of them"), Look.slow_connects, 2.0, Unit.SECONDS, 5,
        WARNING, _("See in the monitor whether everybody comes back at once; if it lasts, add a web process."),
    ),
    Rule(
        "errors", _("Requests fail"), Look.errors, 0.05, Unit.SHARE, 2, PAGE,
        _("Read the web processes’ log: the first error after the last deploy is the one to mend, or to roll back."),
    ),
    Rule(
        "sale_errors", _("Sales fail"), Look.sale_errors, 0.005, Unit.SHARE, 2, PAGE,
        _("Phones keep these sales and send them again: find the error in the log before their owners close."),
    ),
    Rule(
        "database_cpu", _("The database’s processor is busy"), Look.database_cpu, 0.85, Unit.SHARE, 5, WARNING,
        _("Find the statement that takes most of the time in the slow queries; if it is selling, take more cores."),
    ),
    Rule(
        "database_connections", _("Connections to the database run out"), Look.database_connections, 50 / 60,
        Unit.SHARE, 1, PAGE, _("See who holds them in pg_stat_activity; lower WEB_THREADS or allow more."),
    ),
    Rule(
        "storage", _("Storage fills up"), Look.storage, 0.8, Unit.SHARE, 5, WARNING,
        _("Take a larger disk before it is full: a full one stops every sale."),
    ),
    Rule(
        "old_backup", _("There is no backup of the last day"), Look.old_backup, 26.0, Unit.HOURS, 0, PAGE,
        _("Read the log of the backup’s timer and run backup: until then a lost disk costs more than a day."),
    ),
    Rule(
        "unreceived_wal", _("The database’s log is received no more"), Look.unreceived_wal, 0, Unit.STATE, 5, PAGE,
        _("Start receive_wal: until then a lost disk costs all sales since the last backup, and WAL piles up."),
    ),
    Rule(
        "full_stream", _("A bar has nearly as many live connections as it may"), Look.full_streams, 27 / 30,
        Unit.SHARE, 1, WARNING, _("Nobody is cut off: who comes next polls. Ask the bar which screens it can close."),
    ),
    Rule(
        "no_relay", _("No relay publishes"), Look.no_relay, 0, Unit.STATE, 1, PAGE,
        _("Start a relay: until then pages learn of sales by looking, seconds late."),
    ),
    Rule(
        "relay_behind", _("Events wait for the relay"), Look.relay_behind, 5.0, Unit.SECONDS, 1, PAGE,
        _("Read the relay’s log; a relay that is stuck can be killed, another goes on where it was."),
    ),
    Rule(
        "bell_queue", _("Postgres’ queue of notifications fills up"), Look.bell_queue, 0.01, Unit.SHARE, 1, PAGE,
        _("End the session that listens and doesn’t read: a full queue refuses commits."),
    ),
    Rule(
        "long_transaction", _("A transaction takes long"), Look.long_transaction, 60.0, Unit.SECONDS, 5, WARNING,
        _("Find it in pg_stat_activity by its xact_start; end it unless it is a backup."),
    ),
    Rule(
        "idle_transaction", _("A transaction is open and idle"), Look.idle_transaction, 10.0, Unit.SECONDS, 1, WARNING,
        _("Something holds locks and does nothing: end the session, then mend the program."),
    ),
    Rule(
        "failed_view", _("A view’s refresh fails"), Look.failed_views, 0, Unit.STATE, 1, WARNING,
        _("Its last error stands in the view metrics; mend it, then refresh it there."),
    ),
    Rule(
        "old_view", _("A view is too old"), Look.old_views, 0, Unit.STATE, 1, WARNING,
        _("See whether worker and beat run, then refresh it in the view metrics."),
    ),
    Rule(
        "emergency_polling", _("Everybody polls: the emergency switch is on"), Look.emergency_polling, 0, Unit.STATE,
        30, WARNING, _("Switch it off among the flags once what it was for is over."),
    ),
    Rule(
        "unreviewed_sales", _("Sales wait for a decision for more than a day"), Look.unreviewed_sales, 0, Unit.COUNT,
        0, WARNING, _("Call the bar’s manager: what was sold offline counts only once they have decided."),
    ),
)  # fmt: skip
# Of each rule above, by its name as the subject: what the look itself finds (config/alerts/looking.py).
UNMEASURED = Rule(
    "unmeasured", _("A rule can’t be evaluated"), lambda look: {}, 0, Unit.STATE, 2, WARNING,
    _("Until it can, nothing warns of what it measures: the worker’s log says why it fails."),
)  # fmt: skip
BY_NAME = {rule.name: rule for rule in (*RULES, UNMEASURED)}
