"""A server is lost, and comes back from its backup.

python -m bench.restore [SALES]    100,000 where none are given; 1,000,000 needs about 10 GB of disk

Sales of a year by bench/millions_fill.py, with the ledger that goes along (bench/whole_books.py): every invariant
holds. Then a backup while WAL is received synchronously, more sales, and kill -9. The value is the time from the kill
to the first sale on the restored data: verify, copy, recover, the invariants, a start of the server, a sale. Beside
it: acknowledged sales that are lost, and what a sale takes while each commit waits for the WAL to be received,
against one that waits for nobody. Needs the servers of its own.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from bench import runner

SALES, BARS, AFTER = 100_000, 20, 200
TARGET = 60  # seconds, for a million
SYNCHRONOUS = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def sell(counter: Any) -> Any:
    from tests import factories

    return factories.sale(counter.member, {counter.products[0].pk: 1}).pk


def sales_timed(counter: Any) -> tuple[set[Any], float]:
    """Acknowledged sales, and the median of one in ms."""
    sold, took = set(), []
    for _ in range(AFTER):
        began = time.perf_counter()
        sold.add(sell(counter))
        took.append(time.perf_counter() - began)
    return sold, round(1000 * median(took), 2)


@contextmanager
def received(folder: Path, server: Any) -> Any:
    """WAL arrives in the folder meanwhile, and commits wait for it."""
    from bench.games import execute

    process = subprocess.Popen([sys.executable, "manage.py", "receive_wal", str(folder), "--synchronous"])
    try:
        server.run("ALTER SYSTEM SET synchronous_standby_names = 'bartender_wal';\nSELECT pg_reload_conf()")
        wait_for(lambda: execute(SYNCHRONOUS) == [(1,)])
        yield
    finally:
        process.kill()
        process.wait()


def kill(home: Path) -> None:
    """Every process of the server at once."""
    from config.processes import working_in

    for pid in working_in(home, "postgres"):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not working_in(home, "postgres"))


def wait_for_nobody(server: Any) -> None:
    """The setting has come back with the rest, and nothing is received yet: every commit would wait for ever."""
    import psycopg

    with psycopg.connect(server._url("postgres", "postgres"), autocommit=True) as session:
        session.execute("ALTER SYSTEM RESET synchronous_standby_names")
        session.execute("SELECT pg_reload_conf()")


def restore(folder: Path, into: Path, counter: Any, sold: set[Any]) -> dict[str, Any]:
    """Seconds of each step, and how many of the sales are lost."""
    from config.backups.restoring import restored
    from config.backups.sums import on_database
    from config.postgres import Postgres
    from sales.models import Sale

    with restored(folder, into) as (report, _server):
        assert report.broken == []
    server = Postgres(into)
    began = time.monotonic()
    server.start()
    try:
        wait_for_nobody(server)
        with on_database(server.url):
            sell(counter)
            done = time.monotonic()
            lost = len(sold) - Sale.objects.filter(pk__in=sold).count()
    finally:
        server.stop()
    return {"lost": lost, "done": done} | report.seconds | {"start": round(done - began, 2)}


def measure() -> dict[str, Any]:
    from django.conf import settings
    from django.db import connection

    from bench.cast import open_bar
    from bench.millions_fill import Superuser, fill
    from bench.whole_books import make_whole
    from config.backups.taking import take_backup

    [sales] = map(int, runner.numbers(SALES))
    fill(sales, BARS)
    make_whole()
    counter, server = open_bar(), Superuser()
    server.run("DROP TABLE bench_bar, bench_product")  # the superuser's
    folder, home = settings.DATA_DIR / "backups", settings.DATA_DIR / "postgres"
    sales_timed(counter)  # warm
    _, alone = sales_timed(counter)
    with received(folder, server):
        began = time.monotonic()
        backup = take_backup(folder, timedelta(days=35)).backup
        took = round(time.monotonic() - began, 2)
        gigabytes = sum(path.stat().st_size for path in backup.data.rglob("*") if path.is_file()) / 1e9
        sold, synchronous = sales_timed(counter)
        killed = time.monotonic()
        kill(home)
    connection.close()
    told = restore(folder, settings.DATA_DIR / "restored", counter, sold)
    return {
        "figure": f"kill of Postgres → first sale on the restored backup of {sales} sales",
        "value": round(told.pop("done") - killed, 1),
        "unit": "s",
        "target": TARGET,
        "floor": told["copy"],
        "backup": took,
        "gb": round(gigabytes, 2),
        "sale_ms": alone,
        "sale_ms_received": synchronous,
    } | told


if __name__ == "__main__":
    runner.main("bench.restore", measure)
