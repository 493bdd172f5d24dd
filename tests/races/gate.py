"""Making a race happen every time: a row is held until all runners wait in front of it."""

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from tests.sessions import session

BLOCKED = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


class Gate:
    """Holds what `statement` locks. `open` lets everybody through."""

    def __init__(self, holder):
        self.holder = holder

    def open(self):
        self.holder.rollback()

    def wait_for(self, count, but=None, seconds=10):
        """The process ids of at least so many sessions that wait for a lock, one perhaps not counted."""
        with session() as watcher:
            watcher.autocommit = True
            end = time.monotonic() + seconds
            while len(pids := [pid for (pid,) in watcher.execute(BLOCKED) if pid != but]) < count:
                assert time.monotonic() < end, f"only {len(pids)} of {count} came to the gate"
                time.sleep(0.005)
            return pids


@contextlib.contextmanager
def holding(statement, *parameters):
    with session() as holder:
        holder.execute(statement, parameters)
        yield Gate(holder)


def holding_product(product):
    return holding("SELECT 1 FROM stock_product WHERE id = %s FOR UPDATE", product.pk)


def holding_stream(stream):
    return holding("SELECT 1 FROM realtime_streamhead WHERE stream = %s FOR UPDATE", stream)


@contextlib.contextmanager
def stock_written_by_hand(allowed=True):
    """Controls write the stock themselves, which a trigger refuses: it is off meanwhile. Only its owner may do that."""
    change = "ALTER TABLE stock_product {} TRIGGER stock_is_moved_by_documents"
    if not allowed:
        yield
        return
    with session() as owner:
        owner.execute(change.format("DISABLE"))
    try:
        yield
    finally:
        with session() as owner:
            owner.execute(change.format("ENABLE"))


def run(work, lock_timeout="20s"):
    """Call `work` on a connection of its own; returns what it returned or raised."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{lock_timeout}'")
        return work()
    except Exception as error:
        return error
    finally:
        connection.close()


def through(gate, *works):
    """Start one after the other, each once the one before stands at the gate, and open it for all.

    Returns what each returned or raised.
    """
    runners = []
    with ThreadPoolExecutor(len(works)) as threads:
        for number, work in enumerate(works, start=1):
            runners.append(threads.submit(run, work))
            gate.wait_for(number)
        gate.open()
        return [runner.result(30) for runner in runners]
