"""Sales a second with the adaptive doorbell, without any, and with one that always rings, on a disk of 2 ms fsync.

The disk is simulated by Postgres itself: `commit_delay = 2000` with `commit_siblings = 0` makes whoever flushes the
log sleep 2 ms (and what the machine's timer adds) with the lock on writing it held, then flush; those who commit
meanwhile wait, and share the next flush. That is what a slow disk does, but for one thing: what is written during
the sleep is flushed with it, on a disk only what was written before; all three arms gain alike. fsync itself is on.

Each arm sells the same sales of three lines with pgbench, all triggers on, beside a real relay and Valkey. "None"
is the same code without its pg_notify. Needs the servers of its own: the superuser sets the delay.
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from bench import runner
from bench.sale import BARE, PREPARE, bundled_pgbench

BARS, CLIENTS, SECONDS, ROUNDS = 100, 24, 6, 3
FSYNC = 2000  # microseconds
NUMBERING = "SELECT pg_get_functiondef('realtime_number_events'::regproc)"
RING = "PERFORM pg_notify('stats_changed', '');"
ARMS = ("none", "adaptive", "always")


def slow_disk() -> None:
    """For each session of this database from now on."""
    import psycopg
    from django.db import connection

    settings = connection.get_connection_params()
    address = {name: settings[name] for name in ("host", "port", "dbname") if name in settings}
    with psycopg.connect(**address, user="postgres", autocommit=True) as superuser:
        superuser.execute(f"ALTER DATABASE {settings['dbname']} SET commit_delay = {FSYNC}")
        superuser.execute(f"ALTER DATABASE {settings['dbname']} SET commit_siblings = 0")


def sell() -> float:
    """Sales a second."""
    from django.db import connection

    settings = connection.get_connection_params()
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(BARE.format(bars=BARS))
        script.flush()
        command = [bundled_pgbench(), "-h", settings["host"], "-p", str(settings["port"]), "-U", settings["user"]]
        command += ["-n", "-M", "prepared", "-f", script.name, "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS)]
        output = subprocess.run([*command, settings["dbname"]], capture_output=True, text=True, check=True).stdout
    return float(re.search(r"tps = ([\d.]+)", output)[1])  # type: ignore[index]


def rate(arm: str, stack: Any, numbering: str) -> float:
    """Sales a second of one arm, with a relay of its kind."""
    from django.db import connection

    from tests.stack import end, signal

    with connection.cursor() as cursor:
        cursor.execute(numbering.replace(RING, "NULL;") if arm == "none" else numbering)
    os.environ["DOORBELL"] = "always" if arm == "always" else "adaptive"
    stack.start_relay()
    sold = sell()
    end(stack.relay, signal.SIGTERM)
    return sold


def measure() -> dict[str, Any]:
    from django.conf import settings
    from django.db import connection

    from bench.cast import open_bar
    from tests.stack import Stack

    for _ in range(BARS):
        open_bar(products=3)
    with connection.cursor() as cursor:
        cursor.execute(PREPARE)
        cursor.execute(NUMBERING)
        [numbering] = cursor.fetchone()
    slow_disk()
    with tempfile.TemporaryDirectory(prefix="bench-logs-") as folder:
        stack = Stack(settings.DATABASE_URL, Path(folder))
        try:
            rounds = [{arm: rate(arm, stack, numbering) for arm in ARMS} for _ in range(ROUNDS)]
        finally:
            stack.stop()
    sold = {arm: median(each[arm] for each in rounds) for arm in ARMS}
    arms = ", ".join(f"{arm} {sold[arm]:.0f}" for arm in ARMS)
    print(f"sales a second at 2 ms fsync, {CLIENTS} clients, {BARS} bars, {ROUNDS} rounds of {SECONDS} s: {arms}")
    return {
        "figure": "sales/s with the adaptive doorbell / without NOTIFY",
        "value": round(median(each["adaptive"] / each["none"] for each in rounds), 2),
        "unit": "ratio",
        "target": 0.8,
        "floor": round(sold["none"], 1),
        "adaptive_per_second": round(sold["adaptive"], 1),
        "always_per_second": round(sold["always"], 1),
        "always": round(median(each["always"] / each["none"] for each in rounds), 2),
    }


if __name__ == "__main__":
    runner.main("bench.doorbell", measure)
