"""Relays by the dozen: a process that has imported everything once forks one for each line that it reads.

As a program it prints the process id of each; as a module, `Relays` is its other end.
"""

import contextlib
import os
import signal
import subprocess
import sys

from tests.stack import ROOT, url_of_test_database


class Relays:
    """`start()` returns the process id of another relay; at the end of `with` none is left."""

    def __init__(self, **environment):
        self.environment = os.environ | {"DATABASE_URL": url_of_test_database()} | environment
        self.running = []

    def __enter__(self):
        command = [sys.executable, "-m", "tests.faults.relays"]
        self.forker = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.forker.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *error):
        for pid in self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.forker.stdin.close()
        self.forker.wait(10)
        self.forker.stdout.close()

    def start(self):
        self.forker.stdin.write("\n")
        self.forker.stdin.flush()
        self.running.append(int(self.forker.stdout.readline()))
        return self.running[-1]

    def kill(self, pid):
        os.kill(pid, signal.SIGKILL)
        self.running.remove(pid)


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead need nobody
    import django

    django.setup()
    from django.core.management import call_command

    import realtime.management.commands.relay  # noqa: F401 - once, for all

    print("ready", flush=True)
    for _ in sys.stdin:
        if not (pid := os.fork()):
            with open(os.devnull) as nothing:
                os.dup2(nothing.fileno(), 0)
            call_command("relay")
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
