"""Web processes and relays that start in a moment: a program that has imported everything forks one for each line.

`web PORT` or `relay`, and the file for what it prints; answered with the process id. As deployed, but for the import.
"""

import contextlib
import os
import signal
import subprocess
import sys

from config.processes import tied_to_us
from config.supervisor import WEB
from tests.stack import ROOT

GO, READY = "-m uvicorn ", "ready\n"


class Forker:
    """The other end: `start("relay", log=path)` returns a process id. At the end of `with` none is left."""

    def __init__(self, environment):
        self.environment, self.running = os.environ | environment, set()

    def __enter__(self):
        command = [sys.executable, "-m", "tests.faults.chaos.forker"]
        self.program = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.program.stdout.readline() == READY
        return self

    def __exit__(self, *error):
        for pid in list(self.running):
            self.kill(pid)
        self.program.stdin.close()
        self.program.wait(10)
        self.program.stdout.close()

    def start(self, *words, log):
        self.program.stdin.write(" ".join([*map(str, words), str(log)]) + "\n")
        self.program.stdin.flush()
        pid = int(self.program.stdout.readline())
        self.running.add(pid)
        return pid

    def kill(self, pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self.running.discard(pid)


def run(words):
    """Become what is asked for; never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with open(words[-1], "ab") as log, open(os.devnull) as nothing:
        for given, taken in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(given.fileno(), taken)
    if words[0] == "relay":
        from django.core.management import call_command

        call_command("relay")
    else:
        from uvicorn.main import main as uvicorn

        uvicorn([*WEB.removeprefix(GO).split(), "--port", words[1]])
    os._exit(0)


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead need nobody
    import uvicorn.main  # noqa: F401 - once, for all
    from django.urls import get_resolver

    import config.asgi  # noqa: F401
    import realtime.management.commands.relay
    import realtime.wire  # noqa: F401

    get_resolver().url_patterns  # noqa: B018 - reads every address of the application

    end_with_us = tied_to_us(signal.SIGKILL)
    print(READY, end="", flush=True)
    for line in sys.stdin:
        if not (pid := os.fork()):
            try:
                end_with_us()
                run(line.split())
            finally:  # never the loop of the parent
                os._exit(1)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
