"""Programs that end with us, and signals that may come at any moment."""

import os
import random
import signal
import subprocess
import sys

import pytest

from config import processes
from config.processes import Stopped, is_running, start, stop, stop_on_signals

TIMES = 300


@pytest.fixture
def stopped_by_alarm(monkeypatch):
    """The alarm clock raises Stopped, as Ctrl-C would: at a moment that nobody chooses."""
    monkeypatch.setattr(processes, "ENDING_SIGNALS", (signal.SIGALRM,))
    before = signal.getsignal(signal.SIGALRM)
    yield
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def sleepers():
    """A way to start programs that only sleep; each is gone at the end, even if its Popen object is of no more use."""
    started = []

    def sleeper() -> subprocess.Popen:
        started.append(start(["sleep", "60"], dies_by=signal.SIGKILL))
        return started[-1]

    yield sleeper
    for process in started:
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
            os.waitpid(process.pid, 0)


def ask_until_stopped(ask, process):
    signal.setitimer(signal.ITIMER_REAL, random.uniform(0.0001, 0.0006))
    while True:
        ask(process)


@pytest.mark.parametrize(("ask", "breaks"), [(subprocess.Popen.poll, True), (is_running, False)])
def test_a_signal_while_we_ask_leaves_a_program_that_can_be_stopped(ask, breaks, sleepers, stopped_by_alarm):
    process, broken = sleepers(), 0
    for _ in range(TIMES):
        stop_on_signals()
        with pytest.raises(Stopped):
            ask_until_stopped(ask, process)
        if process._waitpid_lock.locked():  # wait() would never return
            process, broken = sleepers(), broken + 1

    assert (broken > 0) is breaks


def test_a_program_that_overhears_the_first_request_to_end_is_asked_again(monkeypatch):
    monkeypatch.setattr(processes, "ASK_AGAIN_SECONDS", 0.1)
    script = """if True:
        import signal, sys, time
        def hear(signum, frame):
            signal.signal(signum, lambda *_: sys.exit(7))
        signal.signal(signal.SIGTERM, hear)
        print("ready", flush=True)
        time.sleep(60)
        time.sleep(60)
    """
    process = start([sys.executable, "-c", script], dies_by=signal.SIGKILL, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"

    stop(process, grace=10)

    assert process.returncode == 7


def test_a_program_that_never_listens_is_killed_with_all_that_it_started():
    script = "trap '' TERM; sleep 60 & echo ready; wait"
    process = start(["bash", "-c", script], dies_by=signal.SIGKILL, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"

    stop(process, grace=0.1)

    assert process.returncode == -signal.SIGKILL
    assert process.stdout.read() == b""  # comes when the last that could write to it has ended
