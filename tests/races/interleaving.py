"""Every order in which the statements of two services can come: an isolation tester that drives the real code.

Each service runs in a session of its own and stops before each of its statements and before its COMMIT; triggers made
for the test let it stop inside a statement too, at advisory locks. One step is taken at a time, in the order asked for.
A step that waits for the other session is left waiting, and its session makes up for the turns when it goes on.
"""

import contextlib
import itertools
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from enum import Enum, auto

from django.db import IntegrityError, connection

from realtime.errors import Problem
from tests.sessions import session

PATIENCE = 20  # seconds
# Where the statement that fills a sale can stop: no line is written; they are, the shelf is locked, and no stock moved.
INSIDE_A_SALE = (("sales_line", "INSERT"), ("stock_product", "UPDATE"))
PAUSE = """
CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('pauses.session', true) <> '' THEN
        PERFORM pg_advisory_xact_lock_shared(current_setting('pauses.session')::int, TG_ARGV[0]::int);
    END IF;
    RETURN NEW;
END $$
"""
WAITS = """
SELECT blockers, CASE WHEN pg_backend_pid() = ANY(blockers) THEN (
    SELECT objid FROM pg_locks WHERE pid = %(pid)s AND locktype = 'advisory' AND NOT granted
) END
FROM pg_blocking_pids(%(pid)s) AS blockers
"""
CLOSE = "SELECT pg_advisory_lock(who, place) FROM unnest(%s::int[]) AS who, generate_series(1, %s) AS place"
# What a sale has seen of the shelf decides what it refuses, though it locks nothing.
LOCKS_OR_WRITES = re.compile(r"INSERT|UPDATE|DELETE|FOR SHARE|bars_\w+\(|FROM stock_product|sales_fill")


def orders(first, second):
    """Every order of so many steps of two sessions, as the numbers of whose turn it is."""
    turns = range(first + second)
    return [[0 if turn in mine else 1 for turn in turns] for mine in itertools.combinations(turns, first)]


class State(Enum):
    STANDING = auto()  # before a statement
    PAUSED = auto()  # inside a statement, at an advisory lock of ours
    BLOCKED = auto()  # by the other session
    DONE = auto()


class Session:
    """A thread with a connection, which asks before each step."""

    def __init__(self, number, stops_to_read):
        self.stops_to_read = stops_to_read
        self.number, self.state, self.owed, self.steps, self.result = number, State.DONE, 0, 0, None
        self.thread = ThreadPoolExecutor(1)
        self.turn, self.arrived = threading.Semaphore(0), threading.Event()
        self.pid = self.thread.submit(self.connect).result(PATIENCE)

    def connect(self):
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('pauses.session', %s, false), pg_backend_pid()", [str(self.number)])
            pid = cursor.fetchone()[1]
        commit = connection._commit

        def stop_and_commit():
            self.stop()
            commit()

        connection._commit = stop_and_commit
        return pid

    def start(self, work):
        self.owed = self.steps = 0
        self.arrived.clear()
        self.running = self.thread.submit(self.perform, work)

    def perform(self, work):
        with connection.execute_wrapper(self.stop_and_execute):
            try:
                self.result = work()
            except Problem as refusal:
                self.result = refusal.code
            except IntegrityError as error:
                self.result = error.__cause__.diag.constraint_name
            except BaseException as error:
                self.result = error
        self.state = State.DONE
        self.arrived.set()

    def stop_and_execute(self, execute, sql, params, many, context):
        """A plain read belongs to the step before it: so it sees the least, and what follows from it comes latest."""
        if LOCKS_OR_WRITES.search(sql) or self.stops_to_read:
            self.stop()
        answer = execute(sql, params, many, context)
        with connection.connection.pipeline() as pipeline:  # who doesn't wait for the answer does here
            pipeline.sync()
        return answer

    def stop(self):
        self.state = State.STANDING
        self.arrived.set()
        assert self.turn.acquire(timeout=PATIENCE), "nobody let this session go on"

    def close(self):
        self.thread.submit(disconnect).result(PATIENCE)
        self.thread.shutdown()


def disconnect():
    connection.close()  # the thread's own


class Conductor:
    """Plays two services in any order of their steps."""

    def __init__(self, watcher, stops_to_read, pauses):
        self.watcher, self.pauses = watcher, pauses
        self.sessions = [Session(number, stops_to_read) for number in (1, 2)]

    def steps_of(self, *works):
        """How many steps each takes when they come one after the other."""
        self.play([0] * 99, *works)
        return [one.steps for one in self.sessions[: len(works)]]

    def play(self, order, *works):
        """What each work returned, or the code of what it raised, when their steps come in this order."""
        playing = self.sessions[: len(works)]
        self.watcher.execute(CLOSE, [[one.number for one in playing], len(self.pauses)])
        for one, work in zip(playing, works, strict=True):
            one.start(work)
            self.watch(one)
        for turn in order:
            playing[turn].owed += 1
            self.pay(playing)
        self.finish(playing)
        self.watcher.execute("SELECT pg_advisory_unlock_all()")
        return [one.result for one in playing]

    def pay(self, playing):
        """Let each go as many steps as it had turns, unless it is blocked."""
        moved = True
        while moved:
            moved = False
            for one in playing:
                if one.state == State.BLOCKED:
                    self.watch(one)
                if one.owed and one.state in (State.STANDING, State.PAUSED):
                    one.owed -= 1
                    self.step(one)
                    moved = True

    def finish(self, playing):
        end = time.monotonic() + PATIENCE
        while any(one.state != State.DONE for one in playing):
            assert time.monotonic() < end, [one.state for one in playing]
            for one in playing:
                one.owed = max(one.owed, 1)
            self.pay(playing)

    def step(self, one):
        one.steps += 1
        one.arrived.clear()
        if one.state == State.PAUSED:
            self.watcher.execute("SELECT pg_advisory_unlock(%s, %s)", [one.number, one.pause])
        else:
            one.turn.release()
        self.watch(one)

    def watch(self, one):
        """Wait until it stands before a step, pauses, is blocked or done."""
        while not one.arrived.wait(0.0005):
            blockers, one.pause = self.watcher.execute(WAITS, {"pid": one.pid}).fetchone()
            if one.pause:
                one.state = State.PAUSED
                return
            if blockers:
                one.state = State.BLOCKED
                return


@contextlib.contextmanager
def conducting(stops_to_read=False, pauses=()):
    """A conductor, with the pause points in the test database meanwhile."""
    with session() as owner:
        owner.execute(PAUSE)
        for number, (table, operation) in enumerate(pauses, start=1):
            owner.execute(
                f"CREATE TRIGGER a_pause BEFORE {operation} ON {table} FOR EACH ROW EXECUTE FUNCTION pause({number})"
            )
    try:
        with session() as watcher:
            watcher.autocommit = True
            conductor = Conductor(watcher, stops_to_read, pauses)
            try:
                yield conductor
            finally:
                for one in conductor.sessions:
                    one.close()
    finally:
        with session() as owner:
            owner.execute("DROP FUNCTION pause CASCADE")
